package asset

import (
	"bytes"
	"testing"

	"github.com/nightjar/nightjar/protocol/encoding"
)

func FuzzRead(f *testing.F) {
	w := encoding.NewWriter(64)
	Write(w, Record{ID: 1, Symbol: "KSM", Decimals: 9, Chain: 2, Test: true, MaxExitFee: 5})
	f.Add(w.Bytes())
	w = encoding.NewWriter(64)
	Write(w, Record{ID: 1, Symbol: "KSM", Decimals: 9, Chain: 2, MaxExitFee: 5, ExternalDecimals: 12, External: []byte{Numbered, 1, 2, 3, 4}})
	f.Add(w.Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		r := encoding.NewReader(b)
		a := Read(r)
		if r.Done() != nil {
			return
		}
		w := encoding.NewWriter(64)
		if Write(w, a); !bytes.Equal(w.Bytes(), b) {
			t.Fatal("two encodings of one record")
		}
	})
}
