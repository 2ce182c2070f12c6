package adversary

import (
	"errors"

	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/sim/world"
)

// lockExitDummies locks a dummy of an exit that is admitted, in the name of an
// auction before it.
var lockExitDummies = Attack{
	Name: "lock_exit_dummies", Guarantee: "G3", Wants: ErrPowerless,
	Run: func(c *world.Cast, undo bool) error {
		exit := c.Act(world.Intent{
			Owner: c.Alice, In: []*world.Coin{c.AliceKSM}, Withdraw: world.Withdrawal{Asset: world.KSM, Amount: 9000},
		})
		lock := world.NewLock(c.Match(world.KSMUSD, 1000))

		lock.Nullifiers = []field.Element{exit.Tx.Nullifiers[1]}
		c.Must(exit.Bytes())
		c.Must(either(undo, [][]byte{world.SignLock(lock, c.Leading()...)}, nil)...)
		c.Must()
		return happened(c, undo)
	},
}

// happened judges an attack on Alice's exit: if the last block opened her
// claim, it had no effect.
func happened(c *world.Cast, undo bool) error {
	switch _, open := world.Event[ledger.ClaimOpened](c.World); {
	case open && !undo:
		return ErrPowerless
	case undo && !open:
		return errors.New("the exit did not happen")
	}
	return nil
}
