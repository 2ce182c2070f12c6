package adversary

import (
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// fillBeyondQuantity sells twelve lots of an order of ten; what is left is an
// order of minus two.
var fillBeyondQuantity = Attack{
	Name: "fill_beyond_quantity", Guarantee: "G1", Wants: rejection.BadProof,
	Run: func(c *world.Cast, undo bool) error {
		sell, buy := crossed(c, func(_, b *order.Terms) { b.Qty = 20 })
		group := trade(c, 1000, 10, sell, buy)
		if !undo {
			forge(group.Leg(sell), 12)
			forge(group.Leg(buy), 12)
			group.Total()
		}
		return settle(c, group)
	},
}
