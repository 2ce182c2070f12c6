package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// depositOverLimit deposits more at once than the asset allows.
var depositOverLimit = Attack{
	Name: "deposit_over_limit", Guarantee: "G1", Wants: rejection.DepositBounds,
	Run: func(c *world.Cast, undo bool) error {
		d, _ := c.NewDeposit(c.Mallory, world.KSM, 1_000_000_000+either[uint64](undo, 1, 0))
		return c.Commit(c.SignDeposit(d))
	},
}
