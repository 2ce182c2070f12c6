package adversary

import (
	"math/big"

	"github.com/nightjar/nightjar/protocol/jubjub"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// fillUnderfunded sells ten lots out of an order that holds five: what is left holds
// minus five.
//
// The blinds are the values that the orders hold: free in the circuit, they
// are where its mutant takes the value from.
var fillUnderfunded = Attack{
	Name: "fill_underfunded", Guarantee: "G1", Wants: rejection.BadProof,
	Run: func(c *world.Cast, undo bool) error {
		sell := c.PlaceFunded(c.Mallory, world.Terms(world.KSMUSD, order.Sell, 950, 10),
			either[uint64](undo, 5_000, 10_000), c.MalloryKSM, c.MalloryHUB)
		buy := c.Place(c.Bob, world.Terms(world.KSMUSD, order.Buy, 1050, 20), c.BobUSD, c.BobHUB)
		group := trade(c, 1000, 10, sell, buy)
		for _, leg := range group.Legs {
			leg.Witness.Blind = jubjub.ScalarFromBig(new(big.Int).SetUint64(leg.Order.Value))
			leg.Derive()
			forge(leg, 10)
		}
		return settle(c, group)
	},
}
