package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// lockLocked promises an order that another auction has promised.
var lockLocked = Attack{
	Name: "lock_locked", Guarantee: "G2", Wants: rejection.NullifierLocked,
	Run: func(c *world.Cast, undo bool) error {
		sell, buy := crossed(c)

		if !undo {
			c.Must(c.Lock(trade(c, 1000, 4, sell, buy)))
		}
		return c.Commit(c.Lock(trade(c, 1002, 4, sell, buy)))
	},
}
