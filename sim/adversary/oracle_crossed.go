package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// oracleCrossed has every validator bid above what it asks: pegs that follow
// such a quote would buy dearer than anybody sells.
var oracleCrossed = Attack{
	Name: "oracle_crossed", Guarantee: "G2", Wants: rejection.BadOracleVote,
	Run: func(c *world.Cast, undo bool) error {
		q := world.Quote(0, world.Reference)
		q.Bid = either(undo, q.Ask+1, q.Bid)
		return c.Commit(c.Quotes(q).Encode())
	},
}
