package market

import (
	"bytes"
	"testing"
)

func FuzzRead(f *testing.F) {
	f.Add([]byte(encode(plain())))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := decode(b)
		if err != nil {
			return
		}
		if !bytes.Equal(encode(m), b) {
			t.Fatal("two encodings of one record")
		}
		if m.Validate() == nil && m.OnTick(0) {
			t.Fatal("a price of 0")
		}
	})
}
