package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// settleWithoutLock settles what no quorum has signed.
var settleWithoutLock = Attack{
	Name: "settle_without_lock", Guarantee: "G2", Wants: rejection.NoSuchLock,
	Run: func(c *world.Cast, undo bool) error {
		sell, buy := crossed(c)

		group := trade(c, 1000, 4, sell, buy)
		c.Must(either(undo, nil, [][]byte{c.Lock(group)})...)
		return c.Commit(group.NewSettle().Encode())
	},
}
