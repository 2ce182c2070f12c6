package adversary

import (
	"github.com/nightjar/nightjar/protocol/governance"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// governSmallQuorum lets one operator sign for all.
var governSmallQuorum = Attack{
	Name: "govern_small_quorum", Guarantee: "G2", Wants: rejection.ParameterBounds,
	Run: func(c *world.Cast, undo bool) error {
		return c.Commit(c.Propose(governance.SetParameter{
			Parameter: governance.Quorum, Value: either[uint64](undo, 1, 3),
		}).Encode())
	},
}
