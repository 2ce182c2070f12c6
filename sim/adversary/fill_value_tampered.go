package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// fillValueTampered gives Alice the money for twice the lots and commits to
// what Bob pays, so that the sums agree.
var fillValueTampered = Attack{
	Name: "fill_value_tampered", Guarantee: "G1", Wants: rejection.BadProof,
	Run: func(c *world.Cast, undo bool) error {
		sell, buy := crossed(c)
		group := trade(c, 1000, 4, sell, buy)
		if !undo {
			leg := group.Leg(sell)
			honest := leg.Public.Value
			forge(leg, 8)
			leg.Public.Value = honest
			leg.Fill.Fee = group.Leg(buy).Fill.Fee
		}
		return settle(c, group)
	},
}
