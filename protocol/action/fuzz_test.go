package action

import (
	"bytes"
	"testing"
)

func FuzzDecode(f *testing.F) {
	f.Add(sample().Encode())
	f.Add(withdrawal().Encode())
	f.Add([]byte{Kind, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := Decode(b)
		if err != nil {
			return
		}
		if !bytes.Equal(a.Encode(), b) {
			t.Fatal("two encodings of one action")
		}
		if a.FeeInAsset != (a.Out.Amount > 0) {
			t.Fatal("x without a withdrawal")
		}
	})
}
