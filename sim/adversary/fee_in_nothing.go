package adversary

import (
	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// feeInNothing says x = 1 without a withdrawal: a transfer that pays the exit
// fee of KSM instead of the flat fee.
var feeInNothing = Attack{
	Name: "fee_in_nothing", Guarantee: "G1", Wants: rejection.BadWithdrawal,
	Run: func(c *world.Cast, undo bool) error {
		a := c.Plan(world.Intent{
			Owner: c.Mallory, In: []*world.Coin{c.MalloryKSM},
			Withdraw: world.Withdrawal{Asset: world.KSM, Amount: 1000},
		})
		if !undo {
			a.Pays[0].Value += 1000
		}
		a.Derive()
		if !undo {
			a.Tx.Out = action.Output{Asset: world.KSM}
		}
		return execute(c, a.Finish())
	},
}
