package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// mintAsset pays out one unit more than came in.
var mintAsset = Attack{
	Name: "mint_asset", Guarantee: "G1", Wants: rejection.BadProof,
	Run: func(c *world.Cast, undo bool) error {
		a := c.Plan(world.Intent{
			Owner: c.Mallory, In: []*world.Coin{c.MalloryKSM, c.MalloryHUB},
			Out: []world.Pay{{To: c.Mallory, Asset: world.KSM, Value: c.MalloryKSM.Value + either[uint64](undo, 1, 0)}},
		})
		return execute(c, a.Derive().Finish())
	},
}
