package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// settleLegsCancel buys five lots and sells four at the price at which a lot's
// base and its notional are the same number: the base that nobody gave hides
// behind the quote that nobody took.
var settleLegsCancel = Attack{
	Name: "settle_legs_cancel", Guarantee: "G1", Wants: rejection.BadBindingSignature,
	Run: func(c *world.Cast, undo bool) error {
		sell, buy := crossed(c)
		return settle(c, c.Match(world.KSMUSD, world.KSMUSD.LotSize,
			world.Take{Order: sell, Lots: 4}, world.Take{Order: buy, Lots: either[uint64](undo, 5, 4)}))
	},
}
