package adversary

import (
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// settleOddSize settles a group of a size that no other has.
var settleOddSize = Attack{
	Name: "settle_odd_size", Guarantee: "G4", Wants: rejection.BadGroupSize,
	Run: func(c *world.Cast, undo bool) error {
		sell, buy := crossed(c)

		takes := []world.Take{{Order: sell, Lots: 4}, {Order: buy, Lots: 4}}
		for range either(undo, 2, 1) {
			takes = append(takes, world.Take{Order: &world.Coin{
				Owner: c.Mallory, Asset: world.KSM, R: c.Element(), S: c.Element(),
				Terms: world.Terms(world.KSMUSD, order.Sell, 950, 0),
			}})
		}
		return settle(c, c.Match(world.KSMUSD, 1000, takes...))
	},
}
