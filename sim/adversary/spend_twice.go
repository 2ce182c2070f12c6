package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// spendTwice spends a note that was spent before.
var spendTwice = Attack{
	Name: "spend_twice", Guarantee: "G1", Wants: rejection.NullifierSpent,
	Run: func(c *world.Cast, undo bool) error {
		pay := world.Intent{Owner: c.Alice, In: []*world.Coin{c.AliceKSM, c.AliceHUB}}
		again := c.Act(world.Intent{Owner: c.Alice, In: []*world.Coin{c.AliceKSM, c.AliceHUB2}})
		if !undo {
			if err := execute(c, c.Act(pay).Bytes()); err != nil {
				return err
			}
		}
		return execute(c, again.Bytes())
	},
}
