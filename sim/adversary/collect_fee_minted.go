package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// collectFeeMinted makes a fee note of a fortune and commits to the fee that
// was paid.
var collectFeeMinted = Attack{
	Name: "collect_fee_minted", Guarantee: "G1", Wants: rejection.BadProof,
	Run: func(c *world.Cast, undo bool) error {
		sell, buy := crossed(c)
		group := trade(c, 1000, 4, sell, buy)
		if !undo {
			group.Witness.Fee = 1 << 40
			group.Fee = group.Witness.FeeNote().Commitment()
			group.Collect = group.Witness.Assign()
		}
		return settle(c, group)
	},
}
