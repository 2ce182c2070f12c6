package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// anchorStale brings an action whose anchor is older than the chain keeps: it
// was signed in another time, maybe under another fee.
var anchorStale = Attack{
	Name: "anchor_stale", Guarantee: "G3", Wants: rejection.UnknownAnchor,
	Run: func(c *world.Cast, undo bool) error {
		a := c.Act(world.Intent{Owner: c.Alice, In: []*world.Coin{c.AliceKSM, c.AliceHUB}})
		c.Deposit(c.Bob, world.USD, 1) // the root moves on
		c.Advance(world.AnchorSpan - either[uint64](undo, 0, 3))
		return execute(c, a.Bytes())
	},
}
