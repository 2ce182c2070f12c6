package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// epochSkipped skips an epoch, whose key would then never have been.
var epochSkipped = Attack{
	Name: "epoch_skipped", Guarantee: "G5", Wants: rejection.EpochSequence,
	Run: func(c *world.Cast, undo bool) error {
		c.Advance(c.State.Params().EpochBlocks)
		e := c.NewEpoch()
		e.Number += either[uint64](undo, 1, 0)
		return c.Commit(c.SignEpoch(e, c.Workers[:world.Quorum]))
	},
}
