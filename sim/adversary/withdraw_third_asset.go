package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// withdrawThirdAsset spends KSM and lets BTC out of the door.
var withdrawThirdAsset = Attack{
	Name: "withdraw_third_asset", Guarantee: "G1", Wants: rejection.BadProof,
	Run: func(c *world.Cast, undo bool) error {
		a := c.Plan(world.Intent{
			Owner: c.Mallory, In: []*world.Coin{c.MalloryKSM},
			Withdraw: world.Withdrawal{Asset: world.KSM, Amount: 1000},
		}).Derive()
		a.Tx.Out.Asset = either(undo, world.BTC, world.KSM)
		return execute(c, a.Finish())
	},
}
