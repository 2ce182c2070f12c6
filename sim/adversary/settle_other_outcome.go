package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// settleOtherOutcome settles the orders of a lock under an outcome of its own.
var settleOtherOutcome = Attack{
	Name: "settle_other_outcome", Guarantee: "G2", Wants: rejection.OutcomeMismatch,
	Run: func(c *world.Cast, undo bool) error {
		sell, buy := crossed(c)

		honest, mine := trade(c, 1000, 4, sell, buy), trade(c, 1002, 4, sell, buy)
		c.Must(c.Lock(honest))
		return c.Commit(either(undo, mine, honest).NewSettle().Encode())
	},
}
