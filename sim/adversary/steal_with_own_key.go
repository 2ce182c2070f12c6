package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// stealWithOwnKey has Alice's prover key and proves her inputs under a spend
// key of his own, for which he can sign.
var stealWithOwnKey = Attack{
	Name: "steal_with_own_key", Guarantee: "G1", Wants: rejection.BadProof,
	Run: func(c *world.Cast, undo bool) error {
		a := c.Plan(world.Intent{
			Owner: c.Alice, In: []*world.Coin{c.AliceKSM, c.AliceHUB},
			Out: []world.Pay{{To: c.Mallory, Asset: world.KSM, Value: c.AliceKSM.Value}},
		}).Derive()
		if undo {
			return execute(c, a.Finish())
		}
		a.Tx.RK = c.Mallory.View.Randomize(a.Witness.Alpha)
		for i := range a.Circuit.Inputs {
			a.Circuit.Inputs[i].D = c.Alice.Address().PKd
		}
		a.Prove().SignAs(c.Mallory, a.Witness.Alpha)
		return execute(c, a.Bytes())
	},
}
