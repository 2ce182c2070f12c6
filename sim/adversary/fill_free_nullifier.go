package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// fillFreeNullifier fills an order under a nullifier of its own choice, so that
// the order stays to be filled or cancelled again.
var fillFreeNullifier = Attack{
	Name: "fill_free_nullifier", Guarantee: "G1", Wants: rejection.BadProof,
	Run: func(c *world.Cast, undo bool) error {
		sell, buy := crossed(c)
		group := trade(c, 1000, 4, sell, buy)
		if !undo {
			group.Leg(sell).Public.Nullifier = c.Element()
		}
		return settle(c, group)
	},
}
