package oracle

import (
	"bytes"
	"testing"
)

func FuzzDecode(f *testing.F) {
	f.Add(sample().Encode())
	f.Add(Extension(sample().Votes[0].Prices))
	f.Fuzz(func(t *testing.T, b []byte) {
		if c, err := DecodeCommit(b); err == nil && !bytes.Equal(c.Encode(), b) {
			t.Fatal("two encodings of one commit")
		}
		if ps, err := DecodeExtension(b); err == nil && !bytes.Equal(Extension(ps), b) {
			t.Fatal("two encodings of one extension")
		}
	})
}
