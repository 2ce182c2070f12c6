package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// collectReferenceOfAnotherHeight trades at yesterday's price, inside the bands
// around yesterday's reference.
var collectReferenceOfAnotherHeight = Attack{
	Name: "collect_reference_of_another_height", Guarantee: "G2", Wants: rejection.BadProof,
	Run: func(c *world.Cast, undo bool) error {
		sell, buy := crossed(c)
		path := c.ReferencePath(0)
		if !undo {
			c.Must(c.Quotes(world.Quote(0, 2*world.Reference)).Encode())
		}
		group := trade(c, 1000, 4, sell, buy)
		group.Witness.Reference, group.Witness.ReferencePath = world.Reference, path
		for _, leg := range group.Legs {
			leg.Witness.Execution.Dev = 0
		}
		return settle(c, group.Derive())
	},
}
