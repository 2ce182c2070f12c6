package adversary

import (
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// fillPastLimitBuy buys above the buyer's limit: what she set aside for the fee
// would cover the difference.
var fillPastLimitBuy = Attack{
	Name: "fill_past_limit_buy", Guarantee: "G2", Wants: rejection.BadProof,
	Run: badTerms(1000, func(c *world.Cast, undo bool, sell, buy *order.Terms) {
		buy.Limit = either[uint64](undo, 996, 1000)
	}),
}
