package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// fillRefundToAnother pays what Bob set aside and did not need to the thief.
var fillRefundToAnother = Attack{
	Name: "fill_refund_to_another", Guarantee: "G2", Wants: rejection.BadProof,
	Run: func(c *world.Cast, undo bool) error {
		sell, buy := crossed(c)
		group := trade(c, 1000, 4, sell, buy)
		if !undo {
			leg := group.Leg(buy)
			refund := leg.Fill.Refund
			refund.C = c.Mallory.Own(c.Element())
			leg.Public.Refund = refund.Commitment()
		}
		return settle(c, group)
	},
}
