package adversary

import (
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// lockSuperseded locks what an auction matched that did not know of the lock
// before: the same money could be promised twice.
var lockSuperseded = Attack{
	Name: "lock_superseded", Guarantee: "G2", Wants: rejection.LockSuperseded,
	Run: func(c *world.Cast, undo bool) error {
		sell, buy := crossed(c)
		early := trade(c, 1000, 4, sell, buy)
		first := world.NewLock(early)
		first.Nullifiers = []field.Element{c.Element()}
		c.Must(world.SignLock(first, c.Leading()...))
		late := early
		if undo {
			late = trade(c, 1000, 4, sell, buy)
		}
		return c.Commit(c.Lock(late))
	},
}
