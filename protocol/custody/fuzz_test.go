package custody

import (
	"bytes"
	"testing"
)

func FuzzDecode(f *testing.F) {
	f.Add(sampleDeposit().Encode())
	f.Add(sampleClosing(Paid).Encode())
	f.Add(sampleClosing(Returned).Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, err := decode(b); err == nil && !bytes.Equal(m.Encode(), b) {
			t.Fatal("two encodings of one message")
		}
	})
}
