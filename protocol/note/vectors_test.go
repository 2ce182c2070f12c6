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

func TestVectors(t *testing.T) {
	for i, v := range vector.Read[[]noteVector](t, "note") {
		n := Note{Asset: v.Asset, Value: v.Value, Rho: vector.Decode(t, v.Rho, field.FromBytes), C: vector.Decode(t, v.C, field.FromBytes)}
		for what, c := range map[string]struct {
			got  field.Element
			file vector.Hex
		}{
			"money":      {Money(domain.Note, n.Asset, n.Value), v.Money},
			"commitment": {n.Commitment(), v.Commitment},
			"nullifier":  {Nullifier(vector.Decode(t, v.NK, field.FromBytes), n.Commitment(), v.Position), v.Nullifier},
		} {
			if b := vector.Encode(c.got); !bytes.Equal(b, c.file) {
				t.Errorf("note %d: %s %x, the file says %x", i, what, b, c.file)
			}
		}
	}
}
