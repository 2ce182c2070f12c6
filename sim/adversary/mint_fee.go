package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// mintFee pays out more of the fee asset than came in less the fee.
var mintFee = Attack{
	Name: "mint_fee", Guarantee: "G1", Wants: rejection.BadProof,
	Run: func(c *world.Cast, undo bool) error {
		a := c.Plan(world.Intent{
			Owner: c.Mallory, In: []*world.Coin{c.MalloryHUB},
			Out: []world.Pay{{To: c.Mallory, Asset: world.HUB, Value: c.MalloryHUB.Value - either[uint64](undo, 0, world.Fee)}},
		})
		return execute(c, a.Derive().Finish())
	},
}
