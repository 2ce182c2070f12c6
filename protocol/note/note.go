package note

import (
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/field"
)

// Note is an amount of one asset that its owner can spend.
type Note struct {
	Asset uint32        // asset id
	Value uint64        // hub units
	Rho   field.Element // uniqueness; fixed by where the note comes from
	C     field.Element // owner commitment H(OWNER; pk_d, r)
}

// Money packs what a commitment says of money:
// value + 2^64·asset + 2^96·tag (tag = NOTE or ORDER).
func Money(tag domain.Tag, asset uint32, value uint64) field.Element {
	return field.Pack(field.Word{V: value}, field.Word{V: uint64(asset), Shift: 64}, field.Word{V: uint64(tag), Shift: 96})
}

// Commitment returns cm = K(money(NOTE, asset, value), rho, C).
func (n Note) Commitment() field.Element {
	return field.K(Money(domain.Note, n.Asset, n.Value), n.Rho, n.C)
}

// Nullifier returns nf = K(nk, cm, position + 2^64·NF).
func Nullifier(nk, cm field.Element, position uint64) field.Element {
	return field.K(nk, cm, field.Pack(field.Word{V: position}, field.Word{V: uint64(domain.NF), Shift: 64}))
}

// OutputRho returns rho_j = nf_0 + j of output j of an action.
func OutputRho(nf0 field.Element, j int) field.Element {
	e := field.FromUint64(uint64(j))
	e.Add(&e, &nf0)
	return e
}
