package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// circuitsDowngraded sends on Alice's action, which is for the newest circuits,
// as one for the version before.
var circuitsDowngraded = Attack{
	Name: "circuits_downgraded", Guarantee: "G1", Wants: rejection.BadSpendSignature,
	Run: func(c *world.Cast, undo bool) error {
		c.Upgrade()
		a := c.Act(world.Intent{Owner: c.Alice, In: []*world.Coin{c.AliceKSM, c.AliceHUB}})
		a.ProveNext()
		a.Tx.Version = either[uint8](undo, 1, 2)
		return execute(c, a.Bytes())
	},
}
