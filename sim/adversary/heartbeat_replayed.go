package adversary

import (
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// heartbeatReplayed replays a dead book's last sign of life, so that nobody may
// reset it.
var heartbeatReplayed = Attack{
	Name: "heartbeat_replayed", Guarantee: "G3", Wants: rejection.HeartbeatSequence,
	Run: func(c *world.Cast, undo bool) error {
		every := c.State.Params().HeartbeatBlocks
		beat := func(height uint64) []byte {
			h := &registry.Heartbeat{Height: height}
			h.Signatures = world.SignWorkers(c.Workers[:world.Quorum], h.SignBytes(world.ChainID))
			return h.Encode()
		}
		last := c.Height() / every * every
		c.Must(beat(last))
		c.AdvanceTo(last + every)
		return c.Commit(beat(last + either(undo, 0, every)))
	},
}
