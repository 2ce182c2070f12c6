package world

import (
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/note"
	"github.com/nightjar/nightjar/protocol/order"
)

// Account is a person with a seed.
type Account struct {
	Name string
	Key  keys.SpendingKey
	View keys.ViewingKey
}

// NewAccount returns the person of that name, always the same one.
func NewAccount(name string) *Account {
	lo, hi := hash("seed", name, 0), hash("seed", name, 1)
	k := keys.Derive(append(lo[:], hi[:]...), 0)
	return &Account{Name: name, Key: k, View: k.Viewing()}
}

// Address returns the person's one address.
func (a *Account) Address() keys.Address { return a.View.Address(0) }

// Own returns the owner commitment of the person's address with r.
func (a *Account) Own(r field.Element) field.Element { return keys.Owner(a.Address().PKd, r) }

// Coin is money somewhere in the tree: a note or, with Terms, an order.
type Coin struct {
	Owner *Account
	Asset uint32
	Value uint64
	D     keys.Diversifier
	R     field.Element // C = H(OWNER; pk_d, r)
	Rho   field.Element // of a note
	Terms *order.Terms  // of an order
	S     field.Element // of an order

	Position uint64
	In       bool   // in the tree
	Spent    bool   //
	Since    uint64 // block in which it came into the tree
}

// C returns the owner commitment.
func (c *Coin) C() field.Element { return keys.Owner(c.Owner.View.PKd(c.D), c.R) }

// Order returns the opening of an order.
func (c *Coin) Order() order.Order {
	return order.Order{Terms: *c.Terms, Asset: c.Asset, Value: c.Value, OID: c.Owner.View.OID(), C: c.C(), S: c.S}
}

// Commitment returns the coin's leaf.
func (c *Coin) Commitment() field.Element {
	if c.Terms != nil {
		return c.Order().Commitment()
	}
	return note.Note{Asset: c.Asset, Value: c.Value, Rho: c.Rho, C: c.C()}.Commitment()
}

// Nullifier returns what spending the coin publishes.
func (c *Coin) Nullifier() field.Element {
	if c.Terms != nil {
		nf, _ := order.Nullify(c.S, c.Commitment(), c.Position)
		return nf
	}
	return note.Nullifier(c.Owner.View.NK, c.Commitment(), c.Position)
}
