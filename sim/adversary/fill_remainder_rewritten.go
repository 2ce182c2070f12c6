package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// fillRemainderRewritten leaves Alice an order for the rest that sells at any
// price.
var fillRemainderRewritten = Attack{
	Name: "fill_remainder_rewritten", Guarantee: "G2", Wants: rejection.BadProof,
	Run: func(c *world.Cast, undo bool) error {
		sell, buy := crossed(c)
		group := trade(c, 1000, 4, sell, buy)
		if !undo {
			leg := group.Leg(sell)
			rest := leg.Fill.Remainder
			rest.Terms.Limit = 1
			leg.Public.Remainder = rest.Commitment()
		}
		return settle(c, group)
	},
}
