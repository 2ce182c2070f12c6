package adversary

import (
	"github.com/nightjar/nightjar/protocol/governance"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// governExitFee makes leaving dearer than the asset promised.
var governExitFee = Attack{
	Name: "govern_exit_fee", Guarantee: "G3", Wants: rejection.ParameterBounds,
	Run: func(c *world.Cast, undo bool) error {
		return c.Commit(c.Propose(governance.SetExitFee{Asset: world.KSM, Fee: either[uint64](undo, 11, 10)}).Encode())
	},
}
