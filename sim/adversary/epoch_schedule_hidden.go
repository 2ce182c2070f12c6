package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// epochScheduleHidden reveals another schedule than the one that the epoch was
// bound to: its auctions could have been timed to taste.
var epochScheduleHidden = Attack{
	Name: "epoch_schedule_hidden", Guarantee: "G6", Wants: rejection.ScheduleMismatch,
	Run: func(c *world.Cast, undo bool) error {
		c.Advance(c.State.Params().EpochBlocks)
		e := c.NewEpoch()
		e.Revealed[0] ^= either[byte](undo, 1, 0)
		return c.Commit(c.SignEpoch(e, c.Workers[:world.Quorum]))
	},
}
