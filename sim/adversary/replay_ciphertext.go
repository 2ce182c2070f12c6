package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// replayCiphertext sends Alice's action on with another ciphertext in it, so
// that her money arrives and she can't find it.
var replayCiphertext = Attack{
	Name: "replay_ciphertext", Guarantee: "G3", Wants: rejection.BadSpendSignature,
	Run: func(c *world.Cast, undo bool) error {
		a := c.Act(world.Intent{Owner: c.Alice, In: []*world.Coin{c.AliceKSM, c.AliceHUB}})
		if !undo {
			a.Tx.Sealed.CT[0][0] ^= 1
		}
		return execute(c, a.Bytes())
	},
}
