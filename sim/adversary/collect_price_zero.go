package adversary

import (
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// collectPriceZero gives away what somebody sells at any price.
var collectPriceZero = Attack{
	Name: "collect_price_zero", Guarantee: "G2", Wants: rejection.BadProof,
	Run: func(c *world.Cast, undo bool) error {
		sell, buy := crossed(c, func(s, b *order.Terms) {
			s.Limit, s.Band, b.Band = 0, order.NoBand, order.NoBand
		})
		return settle(c, trade(c, either[uint64](undo, 0, 2), 4, sell, buy))
	},
}
