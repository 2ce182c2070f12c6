package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// epochSpam starts epoch after epoch, so that every action on its way is stale.
var epochSpam = Attack{
	Name: "epoch_spam", Guarantee: "G3", Wants: rejection.EpochTooYoung,
	Run: func(c *world.Cast, undo bool) error {
		if !undo {
			c.AdvanceTo(c.Epoch().Start + c.State.Params().EpochBlocks)
			c.Must(c.SignEpoch(c.NewEpoch(), c.Workers[:world.Quorum]))
		}
		c.Advance(c.State.Params().EpochBlocks - 2)
		return c.Commit(c.SignEpoch(c.NewEpoch(), c.Workers[:world.Quorum]))
	},
}
