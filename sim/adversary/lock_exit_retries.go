package adversary

import (
	"slices"

	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/sim/world"
)

// lockExitRetries locks the dummies of an exit that it saw on its way, so that
// it is not even admitted.
var lockExitRetries = Attack{
	Name: "lock_exit_retries", Guarantee: "G3", Wants: ErrPowerless,
	Run: func(c *world.Cast, undo bool) error {
		exit := c.Act(world.Intent{
			Owner: c.Alice, In: []*world.Coin{c.AliceKSM}, Withdraw: world.Withdrawal{Asset: world.KSM, Amount: 9000},
		})
		lock := world.NewLock(c.Match(world.KSMUSD, 1000))

		lock.Nullifiers = slices.Clone(exit.Tx.Nullifiers[1:])
		slices.SortFunc(lock.Nullifiers, func(a, b field.Element) int { return a.Cmp(&b) })
		c.Must(either(undo, [][]byte{world.SignLock(lock, c.Leading()...)}, nil)...)
		_, _ = c.Execute(exit.Bytes())
		return happened(c, undo)
	},
}
