package note

import (
	"math"
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

func hex(e field.Element) vector.Hex { b := e.Bytes(); return b[:] }

func TestVectors(t *testing.T) {
	var last field.Element // r − 1
	last.SetOne().Neg(&last)
	var v []noteVector
	for _, c := range []struct {
		n        Note
		nk       field.Element
		position uint64
	}{
		{Note{}, field.Element{}, 0},
		{Note{Asset: 7, Value: 1_000_000, Rho: field.FromUint64(2), C: field.FromUint64(3)}, field.FromUint64(4), 5},
		{Note{Asset: math.MaxUint32, Value: math.MaxUint64, Rho: last, C: last}, last, math.MaxUint64},
		{Note{Asset: 1, Value: 0, Rho: field.FromUint64(2), C: field.FromUint64(3)}, field.FromUint64(4), 1 << 36},
	} {
		cm := c.n.Commitment()
		v = append(v, noteVector{
			Asset: c.n.Asset, Value: c.n.Value, Rho: hex(c.n.Rho), C: hex(c.n.C),
			Money: hex(Money(domain.Note, c.n.Asset, c.n.Value)), Commitment: hex(cm),
			NK: hex(c.nk), Position: c.position, Nullifier: hex(Nullifier(c.nk, cm, c.position)),
		})
	}
	vector.Check(t, "note", v)
}
