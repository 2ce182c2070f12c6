package adversary

import (
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// burnByDummy has the opening of Alice's order, as every broken enclave has,
// and publishes its nullifier as that of a dummy input of his own.
var burnByDummy = Attack{
	Name: "burn_by_dummy", Guarantee: "G2", Wants: rejection.BadProof,
	Run: func(c *world.Cast, undo bool) error {
		victim := c.Place(c.Alice, world.Terms(world.KSMUSD, order.Sell, 950, 10), c.AliceKSM, c.AliceHUB)
		a := c.Plan(world.Intent{Owner: c.Mallory, In: []*world.Coin{c.MalloryHUB}})
		a.Witness.Inputs[0], a.Witness.Inputs[1] = a.Witness.Inputs[1], a.Witness.Inputs[0]
		if undo {
			return execute(c, a.Derive().Finish())
		}
		dummy := victim.Spend()
		dummy.Dummy, dummy.Path = true, c.PathAt(victim.Position)
		a.Witness.Inputs[0] = dummy
		a.Pays[1] = world.Pay{To: c.Mallory, Asset: world.KSM, Value: victim.Value}
		nf := victim.Nullifier()
		a.Claimed[0] = &nf
		a.Derive()
		a.Circuit.Inputs[0].R = victim.C()
		a.Circuit.Inputs[0].Rho = c.Alice.View.OID()
		return execute(c, a.Finish())
	},
}
