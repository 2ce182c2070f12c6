package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// mintByDummy gives a dummy input, which needs to be in no tree, a value.
var mintByDummy = Attack{
	Name: "mint_by_dummy", Guarantee: "G1", Wants: rejection.BadProof,
	Run: func(c *world.Cast, undo bool) error {
		value := either[uint64](undo, 1000, 0)
		a := c.Plan(world.Intent{
			Owner: c.Mallory, In: []*world.Coin{c.MalloryHUB},
			Out: []world.Pay{{To: c.Mallory, Asset: world.KSM, Value: value}},
		})
		a.Witness.Inputs[1].Asset, a.Witness.Inputs[1].Value = world.KSM, value
		return execute(c, a.Derive().Finish())
	},
}
