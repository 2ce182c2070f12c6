package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// spendTwiceFreely spends a note under a nullifier of the thief's choice.
var spendTwiceFreely = Attack{
	Name: "spend_twice_freely", Guarantee: "G1", Wants: rejection.BadProof,
	Run: func(c *world.Cast, undo bool) error {
		spend := world.Intent{Owner: c.Mallory, In: []*world.Coin{c.MalloryKSM, c.MalloryHUB}}
		a := c.Plan(spend)
		if !undo {
			if err := execute(c, c.Act(spend).Bytes()); err != nil {
				return err
			}
			for i := range a.Claimed {
				nf := c.Element()
				a.Claimed[i] = &nf
			}
		}
		return execute(c, a.Derive().Finish())
	},
}
