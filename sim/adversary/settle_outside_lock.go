package adversary

import (
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// settleOutsideLock settles an order that its lock did not name, which its
// owner may be cancelling.
var settleOutsideLock = Attack{
	Name: "settle_outside_lock", Guarantee: "G3", Wants: rejection.NullifierNotInLock,
	Run: func(c *world.Cast, undo bool) error {
		sell, buy := crossed(c)

		group := trade(c, 1000, 4, sell, buy)
		lock := world.NewLock(group)
		if !undo {
			lock.Nullifiers = []field.Element{buy.Nullifier()}
		}
		c.Must(world.SignLock(lock, c.Leading()...))
		return c.Commit(group.NewSettle().Encode())
	},
}
