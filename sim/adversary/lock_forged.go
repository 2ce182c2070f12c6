package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// lockForged signs a lock with enclaves that never registered.
var lockForged = Attack{
	Name: "lock_forged", Guarantee: "G2", Wants: rejection.UnknownWorker,
	Run: func(c *world.Cast, undo bool) error {
		sell, buy := crossed(c)
		group := trade(c, 1000, 4, sell, buy)
		workers := c.Leading()
		if !undo {
			workers = []*world.Worker{
				world.NewWorker(c.Operators[0], "nowhere", 0), world.NewWorker(c.Operators[1], "elsewhere", 0),
			}
			c.Must() // from the second block on anybody may post
		}
		return c.Commit(world.SignLock(world.NewLock(group), workers...))
	},
}
