package adversary

import (
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// fillPaddingMints pads a group with an order that is in no tree, of which
// nothing is filled, and which holds a fortune: its remainder is in the tree.
var fillPaddingMints = Attack{
	Name: "fill_padding_mints", Guarantee: "G1", Wants: rejection.BadProof,
	Run: func(c *world.Cast, undo bool) error {
		sell, buy := crossed(c)
		pad := &world.Coin{
			Owner: c.Mallory, Asset: world.KSM, D: c.Mallory.Address().D, R: c.Element(), S: c.Element(),
			Terms: world.Terms(world.KSMUSD, order.Sell, 950, either[uint64](undo, 1_000_000, 0)),
		}
		pad.Terms.MinFill = 0
		pad.Value, _ = pad.Terms.Funding()
		return settle(c, c.Match(world.KSMUSD, 1000,
			world.Take{Order: sell, Lots: 4}, world.Take{Order: buy, Lots: 4}, world.Take{Order: pad}))
	},
}
