package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// settleOrderTwice fills one order in two legs of a group.
var settleOrderTwice = Attack{
	Name: "settle_order_twice", Guarantee: "G1", Wants: rejection.NonCanonical,
	Run: func(c *world.Cast, undo bool) error {
		sell, buy := crossed(c)

		takes := []world.Take{{Order: sell, Lots: 4}, {Order: buy, Lots: either[uint64](undo, 8, 4)}}
		if !undo {
			takes = append(takes, takes[0])
		}
		return settle(c, c.Match(world.KSMUSD, 1000, takes...))
	},
}
