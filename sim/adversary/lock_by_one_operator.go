package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// lockByOneOperator runs two enclaves and counts as two.
var lockByOneOperator = Attack{
	Name: "lock_by_one_operator", Guarantee: "G2", Wants: rejection.TooFewSigners,
	Run: func(c *world.Cast, undo bool) error {
		sell, buy := crossed(c)
		second := world.NewWorker(c.Operators[either(undo, 0, 1)], "a second machine", 0)
		c.Must(c.Registration(second).Encode())
		group := trade(c, 1000, 4, sell, buy)
		c.Must()
		return c.Commit(world.SignLock(world.NewLock(group), c.Workers[0], second))
	},
}
