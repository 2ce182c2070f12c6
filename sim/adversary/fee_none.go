package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// feeNone pays no fee.
var feeNone = Attack{
	Name: "fee_none", Guarantee: "G1", Wants: rejection.WrongFee,
	Run: func(c *world.Cast, undo bool) error {
		a := c.Plan(world.Intent{Owner: c.Mallory, In: []*world.Coin{c.MalloryHUB}})
		if !undo {
			a.Witness.Fee = 0
			a.Pays[0].Value += world.Fee
		}
		return execute(c, a.Derive().Finish())
	},
}
