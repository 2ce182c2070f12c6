package adversary

import (
	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// replayRecipient sends Alice's withdrawal on with his own external address.
var replayRecipient = Attack{
	Name: "replay_recipient", Guarantee: "G3", Wants: rejection.BadSpendSignature,
	Run: func(c *world.Cast, undo bool) error {
		a := c.Act(world.Intent{
			Owner: c.Alice, In: []*world.Coin{c.AliceKSM},
			Withdraw: world.Withdrawal{Asset: world.KSM, Amount: 1000},
		})
		if !undo {
			var err error
			if a.Tx.Out.Recipient, err = action.NewRecipient([]byte("mallory")); err != nil {
				return err
			}
		}
		return execute(c, a.Bytes())
	},
}
