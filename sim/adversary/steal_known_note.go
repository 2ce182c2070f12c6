package adversary

import (
	"github.com/nightjar/nightjar/protocol/note"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// stealKnownNote spends the note of Bob's deposit: all the world knows its
// asset, amount, rho and owner commitment, and nobody else its owner's keys.
var stealKnownNote = Attack{
	Name: "steal_known_note", Guarantee: "G1", Wants: rejection.BadProof,
	Run: func(c *world.Cast, undo bool) error {
		coin := either(undo, c.BobUSD, c.MalloryUSD)
		a := c.Plan(world.Intent{Owner: c.Mallory, In: []*world.Coin{coin, c.MalloryHUB}})
		if undo {
			return execute(c, a.Derive().Finish())
		}
		nf := note.Nullifier(c.Mallory.View.NK, coin.Commitment(), coin.Position)
		a.Claimed[0] = &nf
		a.Derive()
		for i, in := range a.Witness.Inputs {
			a.Circuit.Inputs[i].R = c.Mallory.Own(in.R)
		}
		a.Circuit.Inputs[0].R = coin.C()
		return execute(c, a.Finish())
	},
}
