package governance

import (
	"bytes"
	"testing"
)

func FuzzDecode(f *testing.F) {
	for _, c := range changes {
		f.Add(sample(c).Encode())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, err := Decode(b); err == nil && !bytes.Equal(p.Encode(), b) {
			t.Fatal("two encodings of one proposal")
		}
	})
}
