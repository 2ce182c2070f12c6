package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// depositReplayed credits one external deposit twice.
var depositReplayed = Attack{
	Name: "deposit_replayed", Guarantee: "G1", Wants: rejection.DepositReplayed,
	Run: func(c *world.Cast, undo bool) error {
		d, _ := c.NewDeposit(c.Mallory, world.KSM, 1000)
		tx := c.SignDeposit(d)
		if !undo {
			c.Must(tx)
		}
		return c.Commit(tx)
	},
}
