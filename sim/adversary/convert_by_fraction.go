package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// convertByFraction uses t = −1 where 0 or 1 is meant, so that the asset A +
// t(FEE − A) = 2 − (1 − 2) is USD: 2,000 KSM become 1,000 USD and, since such a
// value counts negatively in FEE's sum, 1,000 HUB.
var convertByFraction = Attack{
	Name: "convert_by_fraction", Guarantee: "G1", Wants: rejection.BadProof,
	Run: func(c *world.Cast, undo bool) error {
		const part = 1000
		a := c.Plan(world.Intent{Owner: c.Mallory, In: []*world.Coin{c.MalloryKSM, c.MalloryHUB}})
		a.Pays = []world.Pay{
			{To: c.Mallory, Asset: either(undo, world.USD, world.KSM), Value: part},
			{To: c.Mallory, Asset: world.KSM, Value: c.MalloryKSM.Value - either[uint64](undo, 2*part, part)},
			{To: c.Mallory, Asset: world.HUB, Value: c.MalloryHUB.Value - world.Fee + either[uint64](undo, part, 0)},
		}
		a.Derive()
		if !undo {
			a.Circuit.Outputs[0].IsFee = negative(1)
		}
		return execute(c, a.Finish())
	},
}
