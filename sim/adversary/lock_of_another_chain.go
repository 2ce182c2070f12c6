package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// lockOfAnotherChain brings a lock that the same enclaves signed on another
// chain.
var lockOfAnotherChain = Attack{
	Name: "lock_of_another_chain", Guarantee: "G2", Wants: rejection.BadWorkerSignature,
	Run: func(c *world.Cast, undo bool) error {
		sell, buy := crossed(c)
		lock := world.NewLock(trade(c, 1000, 4, sell, buy))
		lock.Signatures = world.SignWorkers(c.Leading(), lock.SignBytes(either(undo, "nightjar-other", world.ChainID)))
		return c.Commit(lock.Encode())
	},
}
