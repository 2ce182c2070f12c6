package adversary

import (
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// fillAboveFee takes a fee rate above the one that the seller accepts.
var fillAboveFee = Attack{
	Name: "fill_above_fee", Guarantee: "G2", Wants: rejection.BadProof,
	Run: badTerms(1000, func(c *world.Cast, undo bool, sell, buy *order.Terms) {
		sell.MaxFee = either[uint16](undo, 9, 10)
	}),
}
