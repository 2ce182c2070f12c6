package encoding

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/nightjar/nightjar/internal/testkit/vector"
)

// encodingVectors is spec/vectors/encoding.json: a message of u8, u16, u32,
// u64, flag, three bytes, a field of at most 5 bytes and at most 3 elements of
// u16.
type encodingVectors struct {
	Messages []messageVector  `json:"messages"`
	Refused  []vector.Refusal `json:"refused"`
}

type messageVector struct {
	Name  string     `json:"name"`
	A     uint8      `json:"a"`
	B     uint16     `json:"b"`
	C     uint32     `json:"c"`
	D     uint64     `json:"d"`
	E     bool       `json:"e"`
	F     vector.Hex `json:"f"`
	G     vector.Hex `json:"g"`
	H     []uint16   `json:"h"`
	Bytes vector.Hex `json:"bytes"`
}

func TestVectors(t *testing.T) {
	v := vector.Read[encodingVectors](t, "encoding")
	for _, m := range v.Messages {
		want := message{A: m.A, B: m.B, C: m.C, D: m.D, E: m.E, F: [3]byte(m.F), G: []byte(m.G), H: m.H}
		if !bytes.Equal(want.encode(), m.Bytes) {
			t.Errorf("%s: encoded as %x", m.Name, want.encode())
		}
		got, err := decode(m.Bytes)
		if err != nil || !bytes.Equal(got.encode(), m.Bytes) {
			t.Errorf("%s: %v", m.Name, err)
		}
		if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
			t.Errorf("%s: %s", m.Name, d)
		}
	}
	for _, r := range v.Refused {
		_, err := decode(r.Bytes)
		vector.Refused(t, r.Name, err, r.Code)
	}
}

func FuzzDecode(f *testing.F) {
	v := vector.Read[encodingVectors](f, "encoding")
	for _, m := range v.Messages {
		f.Add([]byte(m.Bytes))
	}
	for _, r := range v.Refused {
		f.Add([]byte(r.Bytes))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, err := decode(b); err == nil && !bytes.Equal(m.encode(), b) {
			t.Fatalf("%x has two encodings", b)
		}
	})
}
