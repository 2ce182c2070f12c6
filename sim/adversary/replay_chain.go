package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// replayChain brings an action here that Alice made for another chain, on which
// she has the same keys and the tree is the same.
var replayChain = Attack{
	Name: "replay_chain", Guarantee: "G1", Wants: rejection.BadSpendSignature,
	Run: func(c *world.Cast, undo bool) error {
		a := c.Plan(world.Intent{Owner: c.Alice, In: []*world.Coin{c.AliceKSM, c.AliceHUB}}).Derive()
		a.ChainID = either(undo, "nightjar-other", world.ChainID)
		return execute(c, a.Finish())
	},
}
