package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// oracleMinority lets two of four validators make the reference.
var oracleMinority = Attack{
	Name: "oracle_minority", Guarantee: "G2", Wants: rejection.NotEnoughPower,
	Run: func(c *world.Cast, undo bool) error {
		votes := c.Quotes(world.Quote(0, 2*world.Reference))
		votes.Votes = votes.Votes[:either(undo, 2, 3)]
		return c.Commit(votes.Encode())
	},
}
