package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// spendTwiceInBlock spends one note in two actions of the same block.
var spendTwiceInBlock = Attack{
	Name: "spend_twice_in_block", Guarantee: "G1", Wants: rejection.NullifierReserved,
	Run: func(c *world.Cast, undo bool) error {
		one := c.Act(world.Intent{Owner: c.Alice, In: []*world.Coin{c.AliceKSM, c.AliceHUB}})
		second := []*world.Coin{c.AliceKSM, c.AliceHUB2}
		if undo {
			second = second[1:]
		}
		two := c.Act(world.Intent{Owner: c.Alice, In: second})
		return execute(c, one.Bytes(), two.Bytes())
	},
}
