package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// epochByFew starts an epoch of which one enclave alone has the key.
var epochByFew = Attack{
	Name: "epoch_by_few", Guarantee: "G5", Wants: rejection.TooFewSigners,
	Run: func(c *world.Cast, undo bool) error {
		c.Advance(c.State.Params().EpochBlocks)
		return c.Commit(c.SignEpoch(c.NewEpoch(), c.Workers[:either(undo, 1, world.Quorum)]))
	},
}
