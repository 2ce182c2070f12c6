package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// lockStale keeps a lock back until a better moment.
var lockStale = Attack{
	Name: "lock_stale", Guarantee: "G3", Wants: rejection.LockWindow,
	Run: func(c *world.Cast, undo bool) error {
		sell, buy := crossed(c)
		tx := c.Lock(trade(c, 1000, 4, sell, buy))
		c.Advance(world.Delay + either[uint64](undo, 1, 0))
		return c.Commit(tx)
	},
}
