package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// lockAhead locks for an auction that has not been.
var lockAhead = Attack{
	Name: "lock_ahead", Guarantee: "G3", Wants: rejection.LockWindow,
	Run: func(c *world.Cast, undo bool) error {
		sell, buy := crossed(c)
		lock := world.NewLock(trade(c, 1000, 4, sell, buy))
		lock.Height += either[uint64](undo, 2, 0)
		return c.Commit(world.SignLock(lock, c.Leading()...))
	},
}
