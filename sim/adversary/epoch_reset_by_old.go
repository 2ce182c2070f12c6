package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// epochResetByOld lets the enclaves that fell silent reset the book themselves,
// having lost or kept what they know.
var epochResetByOld = Attack{
	Name: "epoch_reset_by_old", Guarantee: "G3", Wants: rejection.UnknownWorker,
	Run: func(c *world.Cast, undo bool) error {
		workers := fresh(c)
		c.AdvanceTo(c.State.Book().Alive + world.DeadBlocks)
		return c.Commit(c.SignEpoch(reset(c), either(undo, c.Workers[:world.Quorum], workers)))
	},
}
