package adversary

import (
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// fillAfterExpiry fills an order that expired before the auction.
var fillAfterExpiry = Attack{
	Name: "fill_after_expiry", Guarantee: "G2", Wants: rejection.BadProof,
	Run: badTerms(1000, func(c *world.Cast, undo bool, sell, buy *order.Terms) {
		if !undo {
			sell.Expiry = uint32(c.Height())
		}
	}),
}
