package external

import (
	"bytes"
	"testing"

	"github.com/nightjar/nightjar/internal/testkit/vector"
	"github.com/nightjar/nightjar/protocol/field"
)

// externalVectors is spec/vectors/external.json.
type externalVectors struct {
	Networks []struct {
		Chain   string     `json:"chain"`
		Network vector.Hex `json:"network"`
	} `json:"networks"`
	Chain   string `json:"chain"`
	Remarks []struct {
		Name  string     `json:"name"`
		Bytes vector.Hex `json:"bytes"`
		Hash  vector.Hex `json:"hash"`
	} `json:"remarks"`
	Refused []vector.Mutation `json:"refused"`
	Found   []struct {
		Name   string     `json:"name"`
		Body   vector.Hex `json:"body"`
		Hash   vector.Hex `json:"hash"`
		Offset int        `json:"offset"`
		Size   int        `json:"size"` // 0: nothing is found
	} `json:"found"`
	Paths []struct {
		Chain string           `json:"chain"`
		C     vector.Hex       `json:"C"`
		Path  [PathSize]uint16 `json:"path"`
	} `json:"paths"`
}

func TestVectors(t *testing.T) {
	v := vector.Read[externalVectors](t, "external")
	for _, n := range v.Networks {
		if got := NetworkOf(n.Chain); !bytes.Equal(got[:], n.Network) {
			t.Errorf("network of %s: %x", n.Chain, got)
		}
	}
	here := NetworkOf(v.Chain)
	encoded := map[string]vector.Hex{}
	for _, m := range v.Remarks {
		encoded[m.Name] = m.Bytes
		r, err := Decode(here, m.Bytes)
		if err != nil || !bytes.Equal(Encode(here, r), m.Bytes) {
			t.Errorf("%s: %v, %v", m.Name, r, err)
		}
		if got := Hash(m.Bytes); !bytes.Equal(got[:], m.Hash) {
			t.Errorf("%s: hash %x", m.Name, got)
		}
	}
	for _, m := range v.Refused {
		_, err := Decode(here, m.Apply(encoded[m.Of]))
		vector.Refused(t, m.Of+": "+m.Name, err, m.Code)
	}
	for _, m := range v.Found {
		r, ok := Find(here, m.Body, [32]byte(m.Hash))
		if ok != (m.Size > 0) || ok && !bytes.Equal(Encode(here, r), m.Body[m.Offset:m.Offset+m.Size]) {
			t.Errorf("%s: %v, %v", m.Name, r, ok)
		}
	}
	for _, p := range v.Paths {
		c, err := field.FromBytes(p.C)
		if err != nil || Path(NetworkOf(p.Chain), c) != p.Path {
			t.Errorf("%s, %x: %v, %v", p.Chain, p.C, Path(NetworkOf(p.Chain), c), err)
		}
	}
}
