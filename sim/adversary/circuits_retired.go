package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// circuitsRetired makes a payment with circuits that were replaced, one block
// after their overlap.
var circuitsRetired = Attack{
	Name: "circuits_retired", Guarantee: "G1", Wants: rejection.CircuitsRetired,
	Run: func(c *world.Cast, undo bool) error {
		c.AdvanceTo(c.Upgrade() - either[uint64](undo, 0, 1))
		a := c.Act(world.Intent{Owner: c.Mallory, In: []*world.Coin{c.MalloryHUB}})
		return execute(c, a.Bytes())
	},
}
