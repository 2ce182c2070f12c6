package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// collectFeeToAnother makes the fee note the thief'\”s.
var collectFeeToAnother = Attack{
	Name: "collect_fee_to_another", Guarantee: "G1", Wants: rejection.BadProof,
	Run: func(c *world.Cast, undo bool) error {
		sell, buy := crossed(c)
		group := trade(c, 1000, 4, sell, buy)
		if !undo {
			fee := group.Witness.FeeNote()
			fee.C = c.Mallory.Own(group.Witness.R)
			group.Fee = fee.Commitment()
		}
		return settle(c, group)
	},
}
