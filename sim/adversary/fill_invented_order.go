package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// fillInventedOrder fills an order of the thief's that is in no tree.
var fillInventedOrder = Attack{
	Name: "fill_invented_order", Guarantee: "G1", Wants: rejection.BadProof,
	Run: func(c *world.Cast, undo bool) error {
		sell, buy := crossed(c)
		invented := *sell
		if !undo {
			invented.Owner, invented.D, invented.R = c.Mallory, c.Mallory.Address().D, c.Element()
		}
		return settle(c, trade(c, 1000, 4, &invented, buy))
	},
}
