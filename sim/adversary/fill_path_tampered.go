package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// fillPathTampered says that an order stands at another place of the tree,
// where it has another nullifier.
var fillPathTampered = Attack{
	Name: "fill_path_tampered", Guarantee: "G1", Wants: rejection.BadProof,
	Run: func(c *world.Cast, undo bool) error {
		sell, buy := crossed(c)

		group := trade(c, 1000, 4, sell, buy)
		if !undo {
			group.Leg(sell).Witness.Path.Position++
		}
		return settle(c, group.Derive())
	},
}
