package adversary

import (
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// fillPastLimitSell sells below the seller's limit.
var fillPastLimitSell = Attack{
	Name: "fill_past_limit_sell", Guarantee: "G2", Wants: rejection.BadProof,
	Run: badTerms(1000, func(c *world.Cast, undo bool, sell, buy *order.Terms) {
		sell.Limit = either[uint64](undo, 1004, 1000)
	}),
}
