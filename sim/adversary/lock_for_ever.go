package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// lockForEver locks an order again as soon as its lock has expired.
var lockForEver = Attack{
	Name: "lock_for_ever", Guarantee: "G3", Wants: rejection.ExitWindow,
	Run: func(c *world.Cast, undo bool) error {
		sell, buy := crossed(c)

		c.Must(c.Lock(trade(c, 1000, 4, sell, buy)))
		c.Advance(world.LockBlocks + either[uint64](undo, 1, world.ExitBlocks))
		return c.Commit(c.Lock(trade(c, 1000, 4, sell, buy)))
	},
}
