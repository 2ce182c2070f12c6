package adversary

import (
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// fillOtherMarket fills an order that sells KSM under the price commitment of
// the BTC market: Bob gets BTC for it, that nobody gave.
var fillOtherMarket = Attack{
	Name: "fill_other_market", Guarantee: "G1", Wants: rejection.BadProof,
	Run: func(c *world.Cast, undo bool) error {
		market := either(undo, world.BTCUSD, world.KSMUSD)
		sell := c.Place(c.Mallory, world.Terms(world.KSMUSD, order.Sell, 950, 10), c.MalloryKSM, c.MalloryHUB)
		buy := c.Place(c.Bob, world.Terms(market, order.Buy, 1050, 8), c.BobUSD, c.BobHUB)
		return settle(c, c.Match(market, 1000, world.Take{Order: sell, Lots: 4}, world.Take{Order: buy, Lots: 4}))
	},
}
