package adversary

import (
	"github.com/nightjar/nightjar/protocol/governance"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// governAltered changes a proposal after the validators have signed it.
var governAltered = Attack{
	Name: "govern_altered", Guarantee: "G6", Wants: rejection.BadGovernance,
	Run: func(c *world.Cast, undo bool) error {
		p := c.Propose(governance.SetParameter{Parameter: governance.Fee, Value: 6})
		p.Change = governance.SetParameter{Parameter: governance.Fee, Value: either[uint64](undo, 7, 6)}
		return c.Commit(p.Encode())
	},
}
