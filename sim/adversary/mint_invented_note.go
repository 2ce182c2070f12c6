package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// mintInventedNote spends a note that is in no tree, along the Merkle path of
// another one.
var mintInventedNote = Attack{
	Name: "mint_invented_note", Guarantee: "G1", Wants: rejection.BadProof,
	Run: func(c *world.Cast, undo bool) error {
		coin := *c.MalloryKSM
		coin.Value = either(undo, coin.Value*2, coin.Value)
		a := c.Plan(world.Intent{Owner: c.Mallory, In: []*world.Coin{&coin, c.MalloryHUB}})
		return execute(c, a.Derive().Finish())
	},
}
