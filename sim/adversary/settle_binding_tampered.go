package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// settleBindingTampered settles with a binding signature that is not one: the
// sums are right, but nobody shows that he knows it.
var settleBindingTampered = Attack{
	Name: "settle_binding_tampered", Guarantee: "G2", Wants: rejection.BadBindingSignature,
	Run: func(c *world.Cast, undo bool) error {
		sell, buy := crossed(c)
		group := trade(c, 1000, 4, sell, buy)
		c.Must(c.Lock(group))
		tx := group.NewSettle()
		if !undo {
			tx.Binding[0] ^= 1
		}
		return c.Commit(tx.Encode())
	},
}
