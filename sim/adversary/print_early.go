package adversary

import (
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// printEarly tells a fill in the heartbeat right after it, when it can still be
// matched with who was locked.
var printEarly = Attack{
	Name: "print_early", Guarantee: "G4", Wants: rejection.BadPrint,
	Run: func(c *world.Cast, undo bool) error {
		every := c.State.Params().HeartbeatBlocks
		c.AdvanceTo(c.Height() + 2*every)
		last := c.Height() / every * every
		return c.Commit(printing(c, last, registry.Print{Market: 0, First: 1, Last: last - either(undo, every-1, every), Lots: 9, Price: 100}))
	},
}

// printing is a heartbeat with a print, of a quorum.
func printing(c *world.Cast, height uint64, p registry.Print) []byte {
	h := &registry.Heartbeat{Height: height, Prints: []registry.Print{p}}
	h.Signatures = world.SignWorkers(c.Workers[:world.Quorum], h.SignBytes(world.ChainID))
	return h.Encode()
}
