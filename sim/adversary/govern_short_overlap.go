package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// governShortOverlap replaces the circuits so fast that what was proven or
// locked before is lost.
var governShortOverlap = Attack{
	Name: "govern_short_overlap", Guarantee: "G3", Wants: rejection.ParameterBounds,
	Run: func(c *world.Cast, undo bool) error {
		change := c.NextCircuits()
		if !undo {
			change.Overlap--
		}
		return c.Commit(c.Propose(change).Encode())
	},
}
