package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// fillProceedsToAnother pays what Alice sold for to the thief.
var fillProceedsToAnother = Attack{
	Name: "fill_proceeds_to_another", Guarantee: "G2", Wants: rejection.BadProof,
	Run: func(c *world.Cast, undo bool) error {
		sell, buy := crossed(c)
		group := trade(c, 1000, 4, sell, buy)
		if !undo {
			leg := group.Leg(sell)
			proceeds := leg.Fill.Proceeds
			proceeds.C = c.Mallory.Own(c.Element())
			leg.Public.Proceeds = proceeds.Commitment()
		}
		return settle(c, group)
	},
}
