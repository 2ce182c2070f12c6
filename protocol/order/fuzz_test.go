package order

import (
	"bytes"
	"testing"

	"github.com/nightjar/nightjar/protocol/encoding"
)

func FuzzReadOpening(f *testing.F) {
	w := encoding.NewWriter(OpeningSize)
	WriteOpening(w, plain(Buy))
	f.Add(w.Bytes())
	f.Add(make([]byte, OpeningSize))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		r := encoding.NewReader(b)
		o := ReadOpening(r)
		if r.Done() != nil {
			return
		}
		w := encoding.NewWriter(OpeningSize)
		WriteOpening(w, o)
		if !bytes.Equal(w.Bytes(), b) {
			t.Fatal("two encodings of one opening")
		}
		// Whatever was decoded: validation and a fill end in a result or a
		// refusal, never in a panic.
		_ = o.Terms.Validate()
		if fill, err := o.Apply(0, o.Terms.MinFill, accepted); err == nil && fill.Remainder.Value > o.Value {
			t.Fatal("a fill left more than there was")
		}
	})
}
