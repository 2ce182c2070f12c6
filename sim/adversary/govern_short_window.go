package adversary

import (
	"github.com/nightjar/nightjar/protocol/governance"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// governShortWindow takes away the window in which an owner is free after a
// bust.
var governShortWindow = Attack{
	Name: "govern_short_window", Guarantee: "G3", Wants: rejection.ParameterBounds,
	Run: func(c *world.Cast, undo bool) error {
		return c.Commit(c.Propose(governance.SetParameter{
			Parameter: governance.ExitBlocks, Value: either[uint64](undo, 7, 8),
		}).Encode())
	},
}
