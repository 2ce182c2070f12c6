package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// collectOffTick trades at a price between two half ticks, a hair better than
// everybody else's.
var collectOffTick = Attack{
	Name: "collect_off_tick", Guarantee: "G2", Wants: rejection.BadProof,
	Run: func(c *world.Cast, undo bool) error {
		sell, buy := crossed(c)
		return settle(c, trade(c, either[uint64](undo, 1001, 1002), 4, sell, buy))
	},
}
