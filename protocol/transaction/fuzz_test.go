package transaction

import (
	"bytes"
	"testing"
)

func FuzzDecode(f *testing.F) {
	for _, s := range samples() {
		f.Add(s.tx.Encode())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		tx, kind, err := Decode(b)
		if err == nil && (!bytes.Equal(tx.Encode(), b) || kind != Kind(b[0])) {
			t.Fatal("two encodings of one transaction")
		}
	})
}
