package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// circuitsOtherVersion passes off a proof of the first version, whose circuits
// may have been found wanting, as one of the second.
var circuitsOtherVersion = Attack{
	Name: "circuits_other_version", Guarantee: "G1", Wants: rejection.BadProof,
	Run: func(c *world.Cast, undo bool) error {
		c.Upgrade()
		a := c.Act(world.Intent{Owner: c.Mallory, In: []*world.Coin{c.MalloryHUB}})
		a.Tx.Version = either[uint8](undo, 2, 1)
		a.Sign()
		return execute(c, a.Bytes())
	},
}
