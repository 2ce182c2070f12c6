package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// spendLocked cancels an order that is matched, having seen the price.
var spendLocked = Attack{
	Name: "spend_locked", Guarantee: "G2", Wants: rejection.NullifierLocked,
	Run: func(c *world.Cast, undo bool) error {
		sell, buy := crossed(c)

		cancel := c.Act(world.Intent{Owner: c.Alice, In: []*world.Coin{sell, c.AliceHUB2}})
		c.Must(c.Lock(trade(c, 1000, 4, sell, buy)))
		if undo {
			c.Advance(world.LockBlocks)
		}
		return execute(c, cancel.Bytes())
	},
}
