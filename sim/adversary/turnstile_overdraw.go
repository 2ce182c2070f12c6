package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// turnstileOverdraw has forged the circuit's keys and withdraws more KSM than
// was ever deposited.
var turnstileOverdraw = Attack{
	Name: "turnstile_overdraw", Guarantee: "G1", Wants: rejection.Turnstile,
	Run: func(c *world.Cast, undo bool) error {
		all := c.AliceKSM.Value + c.MalloryKSM.Value
		a := c.Plan(world.Intent{
			Owner: c.Mallory, In: []*world.Coin{c.MalloryKSM},
			Withdraw: world.Withdrawal{Asset: world.KSM, Amount: either(undo, all+1, 1000)},
		})
		return execute(c, a.Derive().Finish())
	},
}
