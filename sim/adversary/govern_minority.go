package adversary

import (
	"github.com/nightjar/nightjar/protocol/governance"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// governMinority changes the fee with half of the validators' power.
var governMinority = Attack{
	Name: "govern_minority", Guarantee: "G6", Wants: rejection.NotEnoughPower,
	Run: func(c *world.Cast, undo bool) error {
		p := c.Propose(governance.SetParameter{Parameter: governance.Fee, Value: 6})
		p.Signatures = p.Signatures[:either(undo, 2, 3)]
		return c.Commit(p.Encode())
	},
}
