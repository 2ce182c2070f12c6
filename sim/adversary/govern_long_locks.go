package adversary

import (
	"github.com/nightjar/nightjar/protocol/governance"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// governLongLocks makes locks last longer than any genesis allows: an exit
// paused.
var governLongLocks = Attack{
	Name: "govern_long_locks", Guarantee: "G3", Wants: rejection.ParameterBounds,
	Run: func(c *world.Cast, undo bool) error {
		return c.Commit(c.Propose(governance.SetParameter{
			Parameter: governance.LockBlocks, Value: either[uint64](undo, 11, 10),
		}).Encode())
	},
}
