package adversary

import (
	"github.com/nightjar/nightjar/protocol/governance"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// governSplitSigners makes signers of which two halves can say two things: one
// pays a claim, the other returns it.
var governSplitSigners = Attack{
	Name: "govern_split_signers", Guarantee: "G1", Wants: rejection.ParameterBounds,
	Run: func(c *world.Cast, undo bool) error {
		return c.Commit(c.Propose(governance.SetSigners{
			Threshold: either[uint8](undo, 1, 2), Keys: c.Genesis.Signers.Keys[:2],
		}).Encode())
	},
}
