package adversary

import (
	"math"

	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// depositOverflow deposits so much that the asset's total comes round to
// little: the turnstile would stand open.
var depositOverflow = Attack{
	Name: "deposit_overflow", Guarantee: "G1", Wants: rejection.DepositBounds,
	Run: func(c *world.Cast, undo bool) error {
		rest := math.MaxUint64 - c.CarolBTC.Value
		d, _ := c.NewDeposit(c.Mallory, world.BTC, rest+either[uint64](undo, 1, 0))
		return c.Commit(c.SignDeposit(d))
	},
}
