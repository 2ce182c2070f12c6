package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// epochStale seals an instruction to an epoch that does not exist yet, whose
// key nobody has: the order would rest unseen.
var epochStale = Attack{
	Name: "epoch_stale", Guarantee: "G5", Wants: rejection.StaleEpoch,
	Run: func(c *world.Cast, undo bool) error {
		a := c.Plan(world.Intent{Owner: c.Mallory, In: []*world.Coin{c.MalloryHUB}})
		a.Tx.Epoch += either[uint64](undo, 1, 0)
		return execute(c, a.Derive().Finish())
	},
}
