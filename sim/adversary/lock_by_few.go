package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// lockByFew has broken one enclave and signs alone.
var lockByFew = Attack{
	Name: "lock_by_few", Guarantee: "G2", Wants: rejection.TooFewSigners,
	Run: func(c *world.Cast, undo bool) error {
		sell, buy := crossed(c)
		group := trade(c, 1000, 4, sell, buy)
		return c.Commit(world.SignLock(world.NewLock(group), c.Leading()[:either(undo, 1, 2)]...))
	},
}
