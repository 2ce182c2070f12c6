package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// lockBeforeReset locks what the book matched before it was reset.
var lockBeforeReset = Attack{
	Name: "lock_before_reset", Guarantee: "G3", Wants: rejection.NoBook,
	Run: func(c *world.Cast, undo bool) error {
		sell, buy := crossed(c)

		workers := fresh(c)
		c.AdvanceTo(c.State.Book().Alive + world.DeadBlocks)
		early := trade(c, 1000, 4, sell, buy)
		c.Must(c.SignEpoch(reset(c), workers))
		late := trade(c, 1000, 4, sell, buy)
		c.Must() // from the second block on anybody may post
		return c.Commit(c.Lock(either(undo, early, late)))
	},
}
