package seal

import (
	"bytes"
	"testing"

	"github.com/nightjar/nightjar/internal/testkit/vector"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/field"
)

func FuzzDecodePlaintext(f *testing.F) {
	for _, v := range vector.Read[ciphertextVectors](f, "ciphertexts").Plaintexts {
		f.Add([]byte(v.Bytes))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := DecodePlaintext(b)
		if err == nil && !bytes.Equal(p.Encode(), b) {
			t.Fatalf("%x has two encodings", b)
		}
	})
}

func FuzzDecodeCommand(f *testing.F) {
	for _, v := range vector.Read[ciphertextVectors](f, "ciphertexts").Commands {
		f.Add([]byte(v.Bytes))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := DecodeCommand(b)
		if err == nil && !bytes.Equal(c.Encode(), b) {
			t.Fatalf("%x has two encodings", b)
		}
	})
}

// A scanner survives any bytes and never believes them.
func FuzzScan(f *testing.F) {
	p := newPayment(f)
	w := encoding.NewWriter(OutputsSize)
	p.sealed.Write(w)
	good := w.Bytes()
	f.Add(good)
	f.Add(make([]byte, OutputsSize))
	scanner := NewScanner(p.bob)
	f.Fuzz(func(t *testing.T, b []byte) {
		var o Outputs
		r := encoding.NewReader(b)
		if o.Read(r); r.Done() != nil {
			return
		}
		for _, got := range scanner.Open(p.nf0, p.cms, &o) {
			if got.Commitment() != p.cms[got.Slot] {
				t.Fatal("an output that is not on chain")
			}
		}
		var opening [FeeOpeningSize]byte
		copy(opening[:], b)
		if _, ok := scanner.OpenFee(p.nf0, field.FromUint64(1), opening); ok {
			t.Fatal("a fee note that is not on chain")
		}
	})
}
