package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// collectDeviationHidden trades two per cent above the reference and says that
// it is at it.
var collectDeviationHidden = Attack{
	Name: "collect_deviation_hidden", Guarantee: "G2", Wants: rejection.BadProof,
	Run: func(c *world.Cast, undo bool) error {
		sell, buy := crossed(c)
		group := trade(c, 1020, 4, sell, buy)
		if !undo {
			for _, leg := range group.Legs {
				leg.Witness.Execution.Dev = 0
			}
			group.Derive()
			w := group.Witness
			group.PC = w.Market.Commitment(w.Price, 0, w.Height, w.Salt)
			group.Collect.Dev = 0
			fee := w.FeeNote()
			fee.Rho = group.PC
			group.Fee = fee.Commitment()
		}
		return settle(c, group)
	},
}
