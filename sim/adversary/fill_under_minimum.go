package adversary

import (
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// fillUnderMinimum fills four lots of an order that wants five at least.
var fillUnderMinimum = Attack{
	Name: "fill_under_minimum", Guarantee: "G2", Wants: rejection.BadProof,
	Run: badTerms(1000, func(c *world.Cast, undo bool, sell, buy *order.Terms) {
		sell.MinFill = either[uint64](undo, 5, 4)
	}),
}
