package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// governSkippedCircuits leaves a version out, to fill it in later.
var governSkippedCircuits = Attack{
	Name: "govern_skipped_circuits", Guarantee: "G6", Wants: rejection.ParameterBounds,
	Run: func(c *world.Cast, undo bool) error {
		change := c.NextCircuits()
		change.Version = either[uint8](undo, 3, 2)
		return c.Commit(c.Propose(change).Encode())
	},
}
