package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// settleExpired settles a trade that was busted, when the market has moved its
// way.
var settleExpired = Attack{
	Name: "settle_expired", Guarantee: "G3", Wants: rejection.LockExpired,
	Run: func(c *world.Cast, undo bool) error {
		sell, buy := crossed(c)

		group := trade(c, 1000, 4, sell, buy)
		c.Must(c.Lock(group))
		c.Advance(world.LockBlocks - either[uint64](undo, 0, 1))
		return c.Commit(group.NewSettle().Encode())
	},
}
