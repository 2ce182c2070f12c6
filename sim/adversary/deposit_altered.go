package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// depositAltered raises the amount of a deposit that the signers have attested.
var depositAltered = Attack{
	Name: "deposit_altered", Guarantee: "G1", Wants: rejection.BadSignerSignature,
	Run: func(c *world.Cast, undo bool) error {
		d, _ := c.NewDeposit(c.Mallory, world.KSM, 1000)
		c.SignDeposit(d)
		d.Amount += either[uint64](undo, 1, 0)
		return c.Commit(d.Encode())
	},
}
