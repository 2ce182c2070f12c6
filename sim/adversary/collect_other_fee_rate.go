package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// collectOtherFeeRate takes ten times the market's fee, which every order's own
// cap would allow.
var collectOtherFeeRate = Attack{
	Name: "collect_other_fee_rate", Guarantee: "G2", Wants: rejection.BadProof,
	Run: func(c *world.Cast, undo bool) error {
		sell, buy := crossed(c)
		group := trade(c, 1000, 4, sell, buy)
		rate := either(undo, 100, world.KSMUSD.FeeBp)
		group.Witness.Market.FeeBp = rate
		for _, leg := range group.Legs {
			leg.Witness.Execution.FeeBp = rate
		}
		return settle(c, group.Derive())
	},
}
