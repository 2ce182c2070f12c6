package adversary

import (
	"slices"

	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// lockNotLeader posts in the leader's block a lock without the leader.
var lockNotLeader = Attack{
	Name: "lock_not_leader", Guarantee: "G2", Wants: rejection.NotLeader,
	Run: func(c *world.Cast, undo bool) error {
		sell, buy := crossed(c)

		group := trade(c, 1000, 4, sell, buy)
		workers := c.Leading()
		if !undo {
			leader := workers[0]
			workers = slices.DeleteFunc(slices.Clone(c.Workers), func(k *world.Worker) bool { return k == leader })
		}
		return c.Commit(world.SignLock(world.NewLock(group), workers...))
	},
}
