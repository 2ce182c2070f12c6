package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// settleSwappedGroup settles the orders of a lock at another price than the
// quorum signed.
var settleSwappedGroup = Attack{
	Name: "settle_swapped_group", Guarantee: "G2", Wants: rejection.OutcomeMismatch,
	Run: func(c *world.Cast, undo bool) error {
		sell, buy := crossed(c)

		honest, mine := trade(c, 1000, 4, sell, buy), trade(c, 1002, 4, sell, buy)
		c.Must(c.Lock(honest))
		tx := either(undo, mine, honest).NewSettle(honest)
		tx.Index = 0
		return c.Commit(tx.Encode())
	},
}
