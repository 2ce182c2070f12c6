package adversary

import (
	"math/big"

	"github.com/nightjar/nightjar/protocol/jubjub"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/sim/world"
)

// crossed lets Alice sell 10 lots and Bob buy 8 at prices that cross around the
// reference, on terms that edit may change.
func crossed(c *world.Cast, edit ...func(sell, buy *order.Terms)) (sell, buy *world.Coin) {
	s, b := world.Terms(world.KSMUSD, order.Sell, 950, 10), world.Terms(world.KSMUSD, order.Buy, 1050, 8)
	for _, e := range edit {
		e(s, b)
	}
	return c.Place(c.Alice, s, c.AliceKSM, c.AliceHUB), c.Place(c.Bob, b, c.BobUSD, c.BobHUB)
}

// trade matches two orders of KSM at a price, the same lots of each.
func trade(c *world.Cast, price, lots uint64, sell, buy *world.Coin) *world.Group {
	return c.Match(world.KSMUSD, price, world.Take{Order: sell, Lots: lots}, world.Take{Order: buy, Lots: lots})
}

// settle locks a group, by a quorum that signs anything, and settles it.
func settle(c *world.Cast, g *world.Group) error {
	c.Must(c.Lock(g))
	return c.Commit(g.NewSettle().Encode())
}

// badTerms is the story of a quorum that fills 4 lots at a price which one
// owner's terms do not allow.
func badTerms(price uint64, edit func(c *world.Cast, undo bool, sell, buy *order.Terms)) func(*world.Cast, bool) error {
	return func(c *world.Cast, undo bool) error {
		sell, buy := crossed(c, func(s, b *order.Terms) { edit(c, undo, s, b) })
		return settle(c, trade(c, price, 4, sell, buy))
	}
}

// misfunded is the story of a thief who sells ten lots out of an order that
// holds another value than 10,000.
//
// The blinds are the values that the orders hold: free in the circuit, they
// are where its mutant takes the value from.
func misfunded(value uint64) func(*world.Cast, bool) error {
	return func(c *world.Cast, undo bool) error {
		sell := c.PlaceFunded(c.Mallory, world.Terms(world.KSMUSD, order.Sell, 950, 10),
			either(undo, value, 10_000), c.MalloryKSM, c.MalloryHUB)
		buy := c.Place(c.Bob, world.Terms(world.KSMUSD, order.Buy, 1050, 20), c.BobUSD, c.BobHUB)
		group := trade(c, 1000, 10, sell, buy)
		for _, leg := range group.Legs {
			leg.Witness.Blind = jubjub.ScalarFromBig(new(big.Int).SetUint64(leg.Order.Value))
			leg.Derive()
			forge(leg, 10)
		}
		return settle(c, group)
	}
}
