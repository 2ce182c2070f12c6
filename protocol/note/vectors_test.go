package note

import (
	"bytes"
	"testing"

	"github.com/nightjar/nightjar/internal/testkit/vector"
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/field"
)

// noteVector is one element of spec/vectors/note.json.
type noteVector struct {
	Asset      uint32     `json:"asset"`
	Value      uint64     `json:"value"`
	Rho        vector.Hex `json:"rho"`
	C          vector.Hex `json:"C"`
	Money      vector.Hex `json:"money"`
	Commitment vector.Hex `json:"commitment"`
	NK         vector.Hex `json:"nk"`
	Position   uint64     `json:"position"`
	Nullifier  vector.Hex `json:"nullifier"`
}

func element(t *testing.T, b vector.Hex) field.Element {
	t.Helper()
	e, err := field.FromBytes(b)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestVectors(t *testing.T) {
	for i, v := range vector.Read[[]noteVector](t, "note") {
		n := Note{Asset: v.Asset, Value: v.Value, Rho: element(t, v.Rho), C: element(t, v.C)}
		for what, c := range map[string]struct {
			got  field.Element
			file vector.Hex
		}{
			"money":      {Money(domain.Note, n.Asset, n.Value), v.Money},
			"commitment": {n.Commitment(), v.Commitment},
			"nullifier":  {Nullifier(element(t, v.NK), n.Commitment(), v.Position), v.Nullifier},
		} {
			if b := c.got.Bytes(); !bytes.Equal(b[:], c.file) {
				t.Errorf("note %d: %s %x, the file says %x", i, what, b, c.file)
			}
		}
	}
}
