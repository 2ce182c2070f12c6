package adversary

import (
	"github.com/nightjar/nightjar/protocol/oracle"
	"github.com/nightjar/nightjar/sim/world"
)

// oracleLowball is one validator of four and pulls the bid down to nothing
// while its ask is everybody's: an order pegged to the bid would sell for it.
var oracleLowball = Attack{
	Name: "oracle_lowball", Guarantee: "G2", Wants: ErrPowerless,
	Run: func(c *world.Cast, undo bool) error {
		honest := world.Quote(0, world.Reference)
		votes := c.Quotes(honest)
		low := honest
		low.Bid = either(undo, 1, honest.Bid)
		votes.Votes[3] = world.SignVote(c.Validators[3], votes, oracle.Vote{Prices: []oracle.Price{low}})
		if err := c.Commit(votes.Encode()); err != nil {
			return err
		}
		if q := c.State.References()[0].Quote; !undo && q.Bid == honest.Bid && q.Ask == honest.Ask {
			return ErrPowerless
		}
		return nil
	},
}
