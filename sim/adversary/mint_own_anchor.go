package adversary

import (
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/tree"
	"github.com/nightjar/nightjar/sim/world"
)

// mintOwnAnchor proves everything by the book, in a tree of its own making.
var mintOwnAnchor = Attack{
	Name: "mint_own_anchor", Guarantee: "G1", Wants: rejection.UnknownAnchor,
	Run: func(c *world.Cast, undo bool) error {
		coin, hub := *c.MalloryKSM, *c.MalloryHUB
		coin.Value = either(undo, coin.Value*2, coin.Value)
		a := c.Plan(world.Intent{Owner: c.Mallory, In: []*world.Coin{&coin, &hub}})
		if !undo {
			var own tree.Keeper
			if err := own.Append([]field.Element{coin.Commitment(), hub.Commitment()}, []int{0, 1}); err != nil {
				return err
			}
			for i := range 2 {
				a.Witness.Inputs[i].Path, _ = own.Path(uint64(i), own.Edge())
			}
			a.Witness.Anchor = own.Root()
		}
		return execute(c, a.Derive().Finish())
	},
}
