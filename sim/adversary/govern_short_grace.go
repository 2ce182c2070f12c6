package adversary

import (
	"github.com/nightjar/nightjar/protocol/governance"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// governShortGrace lets an epoch's key lapse before an action can arrive.
var governShortGrace = Attack{
	Name: "govern_short_grace", Guarantee: "G3", Wants: rejection.ParameterBounds,
	Run: func(c *world.Cast, undo bool) error {
		return c.Commit(c.Propose(governance.SetParameter{
			Parameter: governance.EpochGrace, Value: either[uint64](undo, 59, 60),
		}).Encode())
	},
}
