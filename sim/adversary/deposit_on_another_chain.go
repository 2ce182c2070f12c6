package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// depositOnAnotherChain credits KSM for something that happened on a chain
// which holds no KSM.
var depositOnAnotherChain = Attack{
	Name: "deposit_on_another_chain", Guarantee: "G1", Wants: rejection.UnknownAsset,
	Run: func(c *world.Cast, undo bool) error {
		d, _ := c.NewDeposit(c.Mallory, world.KSM, 1000)
		d.Reference.Chain += either[uint32](undo, 1, 0)
		return c.Commit(c.SignDeposit(d))
	},
}
