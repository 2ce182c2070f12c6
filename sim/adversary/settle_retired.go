package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// settleRetired settles a trade with circuits that were replaced, one block
// after their overlap.
var settleRetired = Attack{
	Name: "settle_retired", Guarantee: "G1", Wants: rejection.CircuitsRetired,
	Run: func(c *world.Cast, undo bool) error {
		last := c.Upgrade()
		c.AdvanceTo(last - 40)
		sell, buy := crossed(c)
		c.AdvanceTo(last - either[uint64](undo, 1, 2))
		group := trade(c, 1000, 4, sell, buy)
		c.Must(c.Lock(group))
		return c.Commit(group.NewSettle().Encode())
	},
}
