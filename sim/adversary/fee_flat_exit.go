package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// feeFlatExit withdraws and pays the flat fee in HUB instead of the exit fee in
// the withdrawn asset: the exit would stand out by what it pays in.
var feeFlatExit = Attack{
	Name: "fee_flat_exit", Guarantee: "G4", Wants: rejection.BadWithdrawal,
	Run: func(c *world.Cast, undo bool) error {
		in := []*world.Coin{c.MalloryKSM, c.MalloryHUB}
		a := c.Plan(world.Intent{
			Owner: c.Mallory, In: in, Withdraw: world.Withdrawal{Asset: world.KSM, Amount: 1000},
		})
		if !undo {
			a.Witness.Fee, a.Witness.FeeInAsset = world.Fee, false
			a.Pays[0].Value += world.ExitFee
			a.Pays[1].Value -= world.Fee
		}
		return execute(c, a.Derive().Finish())
	},
}
