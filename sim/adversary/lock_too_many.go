package adversary

import (
	"slices"

	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// lockTooMany locks more than can be proven before the lock expires.
var lockTooMany = Attack{
	Name: "lock_too_many", Guarantee: "G3", Wants: rejection.TooManyFills,
	Run: func(c *world.Cast, undo bool) error {
		lock := world.NewLock(c.Match(world.KSMUSD, 1000))
		for range c.Genesis.Limits.AuctionFills + either[uint64](undo, 1, 0) {
			lock.Nullifiers = append(lock.Nullifiers, c.Element())
		}
		slices.SortFunc(lock.Nullifiers, func(a, b field.Element) int { return a.Cmp(&b) })
		return c.Commit(world.SignLock(lock, c.Leading()...))
	},
}
