package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// proofOfAnother sends an action with the genuine proof of a Fill.
var proofOfAnother = Attack{
	Name: "proof_of_another_circuit", Guarantee: "G1", Wants: rejection.BadProof,
	Run: func(c *world.Cast, undo bool) error {
		sell, buy := crossed(c)
		group := trade(c, 1000, 4, sell, buy)
		a := c.Act(world.Intent{Owner: c.Mallory, In: []*world.Coin{c.MalloryHUB}})
		if !undo {
			a.Tx.Proof = group.NewSettle().FillProofs[0]
			a.Sign()
		}
		return execute(c, a.Bytes())
	},
}
