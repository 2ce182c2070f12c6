package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// oracleReplayed brings the genuine votes of an earlier block.
var oracleReplayed = Attack{
	Name: "oracle_replayed", Guarantee: "G2", Wants: rejection.BadOracleVote,
	Run: func(c *world.Cast, undo bool) error {
		votes := c.Quotes(world.Quote(0, 2*world.Reference))
		c.Advance(either[uint64](undo, 1, 0))
		return c.Commit(votes.Encode())
	},
}
