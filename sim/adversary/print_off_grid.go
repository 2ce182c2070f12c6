package adversary

import (
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// printOffGrid says an average that is not rounded to the grid: with the lots it
// would tell how the fills' prices were mixed.
var printOffGrid = Attack{
	Name: "print_off_grid", Guarantee: "G4", Wants: rejection.BadPrint,
	Run: func(c *world.Cast, undo bool) error {
		every := c.State.Params().HeartbeatBlocks
		c.AdvanceTo(c.Height() + 2*every)
		last := c.Height() / every * every
		return c.Commit(printing(c, last, registry.Print{Market: 0, First: 1, Last: 1, Lots: 9, Price: either[uint64](undo, 101, 100)}))
	},
}
