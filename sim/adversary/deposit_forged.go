package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// depositForged credits a deposit that one dishonest signer alone attests.
var depositForged = Attack{
	Name: "deposit_forged", Guarantee: "G1", Wants: rejection.BadSignerSignature,
	Run: func(c *world.Cast, undo bool) error {
		d, _ := c.NewDeposit(c.Mallory, world.KSM, 1000)
		d.Signatures = world.SignAll(c.Signers[:either(undo, 1, 2)], d.SignBytes(world.ChainID))
		return c.Commit(d.Encode())
	},
}
