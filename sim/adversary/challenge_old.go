package adversary

import (
	"github.com/nightjar/nightjar/protocol/fairness"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// challengeOld asks about a heartbeat that workers have erased.
var challengeOld = Attack{
	Name: "challenge_old", Guarantee: "G6", Wants: rejection.UnknownHeartbeat,
	Run: func(c *world.Cast, undo bool) error {
		beat := c.Beat()
		end := beat + fairness.Kept*c.State.Params().HeartbeatBlocks
		c.AdvanceTo(end - either(undo, uint64(1), 2))
		return c.Commit(ask(c, c.Workers[0], c.Query(beat)).Encode())
	},
}
