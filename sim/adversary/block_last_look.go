package adversary

import (
	"slices"

	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// blockLastLook is a proposer that lets a deposit go before a settlement: what
// comes first in a block is not his to choose.
var blockLastLook = Attack{
	Name: "block_last_look", Guarantee: "G2", Wants: rejection.TxOrder,
	Run: func(c *world.Cast, undo bool) error {
		sell, buy := crossed(c)

		group := trade(c, 1000, 4, sell, buy)
		c.Must(c.Lock(group))
		deposit, _ := c.NewDeposit(c.Bob, world.USD, 1)
		txs := [][]byte{group.NewSettle().Encode(), c.SignDeposit(deposit)}
		if !undo {
			slices.Reverse(txs)
		}
		return c.Commit(txs...)
	},
}
