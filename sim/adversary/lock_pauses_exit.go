package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// lockPausesExit locks an order whose owner is on the way out.
var lockPausesExit = Attack{
	Name: "lock_pauses_exit", Guarantee: "G3", Wants: rejection.NullifierReserved,
	Run: func(c *world.Cast, undo bool) error {
		sell, buy := crossed(c)

		exit := c.Act(world.Intent{
			Owner: c.Alice, In: []*world.Coin{sell}, Withdraw: world.Withdrawal{Asset: world.KSM, Amount: 9000},
		})
		c.Must(either(undo, [][]byte{exit.Bytes()}, nil)...)
		return c.Commit(c.Lock(trade(c, 1000, 4, sell, buy)))
	},
}
