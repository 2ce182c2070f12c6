package adversary

import (
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// fillTooYoung fills an order in the block in which it came: with no minimum
// resting life, remainders could be locked for ever.
var fillTooYoung = Attack{
	Name: "fill_too_young", Guarantee: "G3", Wants: rejection.BadProof,
	Run: func(c *world.Cast, undo bool) error {
		buy := c.Place(c.Bob, world.Terms(world.KSMUSD, order.Buy, 1050, 8), c.BobUSD, c.BobHUB)
		place := c.Act(world.Intent{
			Owner: c.Alice, In: []*world.Coin{c.AliceKSM, c.AliceHUB},
			Out: []world.Pay{{To: c.Alice, Asset: world.KSM, Value: 10_000, Terms: world.Terms(world.KSMUSD, order.Sell, 950, 10)}},
		})
		if err := execute(c, place.Bytes()); err != nil {
			return err
		}
		c.Advance(either[uint64](undo, 0, world.RestBlocks))
		group := c.MatchIn(c.Height()-either[uint64](undo, 0, world.RestBlocks), world.KSMUSD, 1000,
			world.Take{Order: place.Made[0], Lots: 4}, world.Take{Order: buy, Lots: 4})
		return settle(c, group)
	},
}
