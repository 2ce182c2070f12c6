package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// lockReplayed sends a lock a second time, so that it lasts longer.
var lockReplayed = Attack{
	Name: "lock_replayed", Guarantee: "G3", Wants: rejection.LockSuperseded,
	Run: func(c *world.Cast, undo bool) error {
		sell, buy := crossed(c)
		tx := c.Lock(trade(c, 1000, 4, sell, buy))
		if !undo {
			c.Must(tx)
		}
		return c.Commit(tx)
	},
}
