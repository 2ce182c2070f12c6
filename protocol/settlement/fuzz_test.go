package settlement

import (
	"bytes"
	"testing"
)

func FuzzDecodeLock(f *testing.F) {
	f.Add(lock().Encode())
	f.Add((&Lock{}).Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		if l, err := DecodeLock(b); err == nil && !bytes.Equal(l.Encode(), b) {
			t.Fatal("two encodings of one lock")
		}
	})
}

func FuzzDecodeSettle(f *testing.F) {
	f.Add(balanced().Encode())
	f.Add(settle(0).Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := DecodeSettle(b)
		if err != nil {
			return
		}
		if !bytes.Equal(s.Encode(), b) {
			t.Fatal("two encodings of one settlement")
		}
		if len(s.FillProofs) != len(s.Group.Legs) || int(s.Index) >= len(s.Groups) {
			t.Fatal("a settlement that does not fit together")
		}
	})
}
