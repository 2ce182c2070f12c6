package adversary

import (
	"github.com/nightjar/nightjar/protocol/governance"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// governHighFee makes every action dearer than any genesis allows.
var governHighFee = Attack{
	Name: "govern_high_fee", Guarantee: "G3", Wants: rejection.ParameterBounds,
	Run: func(c *world.Cast, undo bool) error {
		return c.Commit(c.Propose(governance.SetParameter{
			Parameter: governance.Fee, Value: either[uint64](undo, 21, 20),
		}).Encode())
	},
}
