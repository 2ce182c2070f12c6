package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// depositOverCap deposits a unit more than the asset's supply may be.
var depositOverCap = Attack{
	Name: "deposit_over_cap", Guarantee: "G1", Wants: rejection.SupplyCap,
	Run: func(c *world.Cast, undo bool) error {
		p := c.State.Pool(world.HUB)
		room := world.SupplyOfHUB - (p.Deposited - p.Withdrawn)
		d, _ := c.NewDeposit(c.Mallory, world.HUB, room+either[uint64](undo, 1, 0))
		return c.Commit(c.SignDeposit(d))
	},
}
