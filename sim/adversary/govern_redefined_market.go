package adversary

import (
	"github.com/nightjar/nightjar/protocol/governance"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// governRedefinedMarket changes what the terms of resting orders mean.
var governRedefinedMarket = Attack{
	Name: "govern_redefined_market", Guarantee: "G2", Wants: rejection.RecordExists,
	Run: func(c *world.Cast, undo bool) error {
		m := world.KSMUSD
		m.LotSize, m.ID = 1, either[uint32](undo, m.ID, 2)
		return c.Commit(c.Propose(governance.AddMarket{Record: m.Record()}).Encode())
	},
}
