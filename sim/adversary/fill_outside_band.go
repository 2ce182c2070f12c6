package adversary

import (
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// fillOutsideBand trades two per cent away from the reference with an order
// that allows one.
var fillOutsideBand = Attack{
	Name: "fill_outside_band", Guarantee: "G2", Wants: rejection.BadProof,
	Run: badTerms(1020, func(c *world.Cast, undo bool, sell, buy *order.Terms) {
		sell.Band = either[uint16](undo, 199, 200)
	}),
}
