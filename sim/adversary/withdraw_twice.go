package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// withdrawTwice sends a withdrawal again after it was executed.
var withdrawTwice = Attack{
	Name: "withdraw_twice", Guarantee: "G1", Wants: rejection.NullifierSpent,
	Run: func(c *world.Cast, undo bool) error {
		a := c.Act(world.Intent{
			Owner: c.Mallory, In: []*world.Coin{c.MalloryKSM},
			Withdraw: world.Withdrawal{Asset: world.KSM, Amount: 1000},
		})
		if !undo {
			if err := execute(c, a.Bytes()); err != nil {
				return err
			}
		}
		return execute(c, a.Bytes())
	},
}
