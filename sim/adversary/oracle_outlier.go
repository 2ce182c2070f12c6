package adversary

import (
	"github.com/nightjar/nightjar/protocol/oracle"
	"github.com/nightjar/nightjar/sim/world"
)

// oracleOutlier is one validator of four and bids and asks what nobody else
// does, to move what pegs follow.
var oracleOutlier = Attack{
	Name: "oracle_outlier", Guarantee: "G2", Wants: ErrPowerless,
	Run: func(c *world.Cast, undo bool) error {
		honest := world.Quote(0, world.Reference)
		votes := c.Quotes(honest)
		votes.Votes[0] = world.SignVote(c.Validators[0], votes, oracle.Vote{
			Prices: []oracle.Price{either(undo, world.Quote(0, 1<<40), honest)},
		})
		if err := c.Commit(votes.Encode()); err != nil {
			return err
		}
		if q := c.State.References()[0].Quote; !undo && q.Bid == honest.Bid && q.Ask == honest.Ask {
			return ErrPowerless
		}
		return nil
	},
}
