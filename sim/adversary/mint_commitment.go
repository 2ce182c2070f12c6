package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// mintCommitment publishes the commitment of a bigger note than the one it
// proves.
var mintCommitment = Attack{
	Name: "mint_commitment", Guarantee: "G1", Wants: rejection.BadProof,
	Run: func(c *world.Cast, undo bool) error {
		a := c.Plan(world.Intent{Owner: c.Mallory, In: []*world.Coin{c.MalloryKSM, c.MalloryHUB}}).Derive()
		if !undo {
			bigger := *a.Made[0]
			bigger.Value *= 2
			a.Tx.Commitments[0] = bigger.Commitment()
		}
		return execute(c, a.Finish())
	},
}
