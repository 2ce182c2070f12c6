package adversary

import (
	"github.com/nightjar/nightjar/protocol/oracle"
	"github.com/nightjar/nightjar/sim/world"
)

// oracleOutlier is one validator of four and says a price of its own.
var oracleOutlier = Attack{
	Name: "oracle_outlier", Guarantee: "G2", Wants: ErrPowerless,
	Run: func(c *world.Cast, undo bool) error {
		votes := c.Quotes(oracle.Price{Market: 0, Price: world.Reference})
		votes.Votes[0] = world.SignVote(c.Validators[0], votes, oracle.Vote{
			Prices: []oracle.Price{{Market: 0, Price: either[uint64](undo, 1<<40, world.Reference)}},
		})
		if err := c.Commit(votes.Encode()); err != nil {
			return err
		}
		if !undo && c.State.References()[0].Price == world.Reference {
			return ErrPowerless
		}
		return nil
	},
}
