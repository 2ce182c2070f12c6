package adversary

import (
	"github.com/nightjar/nightjar/protocol/governance"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// governShortRest takes away the rest in which an owner is free after a fill.
var governShortRest = Attack{
	Name: "govern_short_rest", Guarantee: "G3", Wants: rejection.ParameterBounds,
	Run: func(c *world.Cast, undo bool) error {
		return c.Commit(c.Propose(governance.SetParameter{
			Parameter: governance.RestBlocks, Value: either[uint64](undo, 1, 3),
		}).Encode())
	},
}
