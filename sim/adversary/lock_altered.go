package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// lockAltered changes one allocation after the quorum has signed.
var lockAltered = Attack{
	Name: "lock_altered", Guarantee: "G2", Wants: rejection.BadWorkerSignature,
	Run: func(c *world.Cast, undo bool) error {
		sell, buy := crossed(c)
		honest, mine := trade(c, 1000, 4, sell, buy), trade(c, 1002, 4, sell, buy)
		lock := world.NewLock(honest)
		world.SignLock(lock, c.Leading()...)
		if !undo {
			lock.Outcome = world.NewLock(mine).Outcome
		}
		return c.Commit(lock.Encode())
	},
}
