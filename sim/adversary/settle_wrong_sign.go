package adversary

import (
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/settlement"
	"github.com/nightjar/nightjar/sim/world"
)

// settleWrongSign lets two orders sell to each other: one of them commits to
// its legs with a buyer's sign. Both are paid, by nobody.
var settleWrongSign = Attack{
	Name: "settle_wrong_sign", Guarantee: "G1", Wants: rejection.BadProof,
	Run: func(c *world.Cast, undo bool) error {
		sell, buy := crossed(c)
		if !undo {
			buy = c.Place(c.Mallory, world.Terms(world.KSMUSD, order.Sell, 950, 10), c.MalloryKSM, c.MalloryHUB)
		}
		group := trade(c, 1000, 4, sell, buy)
		if !undo {
			leg := group.Leg(buy)
			fees := 2 * leg.Fill.Fee
			leg.Public.Value = settlement.FillValue(false, leg.Fill.BaseLeg, leg.Fill.QuoteLeg+fees, leg.Witness.Blind)
		}
		return settle(c, group)
	},
}
