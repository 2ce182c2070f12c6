package external

import (
	"bytes"
	"testing"

	"github.com/nightjar/nightjar/protocol/field"
)

func FuzzDecode(f *testing.F) {
	here := NetworkOf("nightjar-1")
	for _, r := range []Remark{Owner{field.FromUint64(1)}, Payout{}, Sweep{}, Refund{}, Anchor{Height: 9}} {
		f.Add(Encode(here, r))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := Decode(here, b)
		if err == nil && !bytes.Equal(Encode(here, r), b) {
			t.Fatal("two encodings of one remark")
		}
		if found, ok := Find(here, b, Hash(b)); ok && (err != nil || found != r) {
			t.Fatalf("found %v, decoded %v, %v", found, r, err)
		}
	})
}
