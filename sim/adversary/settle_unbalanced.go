package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// settleUnbalanced buys twice what is sold: every proof is genuine, only the
// sum is wrong.
var settleUnbalanced = Attack{
	Name: "settle_unbalanced", Guarantee: "G1", Wants: rejection.BadBindingSignature,
	Run: func(c *world.Cast, undo bool) error {
		sell, buy := crossed(c)
		return settle(c, c.Match(world.KSMUSD, 1000,
			world.Take{Order: sell, Lots: 4}, world.Take{Order: buy, Lots: either[uint64](undo, 8, 4)}))
	},
}
