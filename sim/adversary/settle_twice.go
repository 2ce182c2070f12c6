package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// settleTwice settles one group twice.
var settleTwice = Attack{
	Name: "settle_twice", Guarantee: "G1", Wants: rejection.GroupSettled,
	Run: func(c *world.Cast, undo bool) error {
		sell, buy := crossed(c)

		group := trade(c, 1000, 4, sell, buy)
		c.Must(c.Lock(group))
		tx := group.NewSettle().Encode()
		if !undo {
			c.Must(tx)
		}
		return c.Commit(tx)
	},
}
