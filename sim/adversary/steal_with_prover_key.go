package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// stealWithProverKey has Alice's prover key and all her notes: everything but
// the spend key. The proof is genuine, the signature is the thief's.
var stealWithProverKey = Attack{
	Name: "steal_with_prover_key", Guarantee: "G1", Wants: rejection.BadSpendSignature,
	Run: func(c *world.Cast, undo bool) error {
		a := c.Plan(world.Intent{
			Owner: c.Alice, In: []*world.Coin{c.AliceKSM, c.AliceHUB},
			Out: []world.Pay{{To: c.Mallory, Asset: world.KSM, Value: c.AliceKSM.Value}},
		}).Derive().Prove()
		a.SignAs(either(undo, c.Mallory, c.Alice), a.Witness.Alpha)
		return execute(c, a.Bytes())
	},
}
