package adversary

import (
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// claimReturnForged returns a claim on one signer's word while the others pay
// it.
var claimReturnForged = Attack{
	Name: "claim_return_forged", Guarantee: "G1", Wants: rejection.BadSignerSignature,
	Run: func(c *world.Cast, undo bool) error {
		end := &custody.Closing{Claim: withdrawn(c), Result: custody.Returned}
		end.Signatures = world.SignAll(c.Signers[:either(undo, 1, 2)], end.SignBytes(world.ChainID))
		return c.Commit(end.Encode())
	},
}
