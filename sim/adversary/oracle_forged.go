package adversary

import (
	"github.com/nightjar/nightjar/protocol/oracle"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// oracleForged puts a price into another validator's mouth.
var oracleForged = Attack{
	Name: "oracle_forged", Guarantee: "G2", Wants: rejection.BadOracleVote,
	Run: func(c *world.Cast, undo bool) error {
		votes := c.Quotes(world.Quote(0, world.Reference))
		votes.Votes[0].Prices = []oracle.Price{world.Quote(0, world.Reference+either[uint64](undo, 500, 0))}
		return c.Commit(votes.Encode())
	},
}
