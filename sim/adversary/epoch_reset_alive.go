package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// epochResetAlive throws the book away while its enclaves are alive.
var epochResetAlive = Attack{
	Name: "epoch_reset_alive", Guarantee: "G3", Wants: rejection.BookAlive,
	Run: func(c *world.Cast, undo bool) error {
		workers := fresh(c)
		if undo {
			c.AdvanceTo(c.State.Book().Alive + world.DeadBlocks)
		}
		return c.Commit(c.SignEpoch(reset(c), workers))
	},
}
