package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// lockSpent locks an order that was cancelled, to promise what is gone.
var lockSpent = Attack{
	Name: "lock_spent", Guarantee: "G2", Wants: rejection.NullifierSpent,
	Run: func(c *world.Cast, undo bool) error {
		sell, buy := crossed(c)

		if !undo {
			cancel := c.Act(world.Intent{Owner: c.Alice, In: []*world.Coin{sell, c.AliceHUB2}})
			if err := execute(c, cancel.Bytes()); err != nil {
				return err
			}
		}
		return c.Commit(c.Lock(trade(c, 1000, 4, sell, buy)))
	},
}
