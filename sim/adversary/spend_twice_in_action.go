package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// spendTwiceInAction puts one note into two slots of one action.
var spendTwiceInAction = Attack{
	Name: "spend_twice_in_action", Guarantee: "G1", Wants: rejection.DuplicateNullifier,
	Run: func(c *world.Cast, undo bool) error {
		a := c.Act(world.Intent{Owner: c.Alice, In: []*world.Coin{
			c.AliceHUB, either(undo, c.AliceHUB, c.AliceHUB2),
		}})
		return execute(c, a.Bytes())
	},
}
