package adversary

import (
	"github.com/nightjar/nightjar/protocol/governance"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// governReplayed sends an old decision again, after another has replaced it.
var governReplayed = Attack{
	Name: "govern_replayed", Guarantee: "G6", Wants: rejection.ReplayedProposal,
	Run: func(c *world.Cast, undo bool) error {
		tx := c.Propose(governance.SetParameter{Parameter: governance.Fee, Value: 6}).Encode()
		if !undo {
			c.Must(tx)
			c.Must(c.Propose(governance.SetParameter{Parameter: governance.Fee, Value: 4}).Encode())
		}
		return c.Commit(tx)
	},
}
