package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// challengeStripped takes the fee of a challenge and leaves the question out.
var challengeStripped = Attack{
	Name: "challenge_stripped", Guarantee: "G6", Wants: rejection.BadSpendSignature,
	Run: func(c *world.Cast, undo bool) error {
		tx := ask(c, c.Workers[0], c.Query(c.Beat()))
		return c.Commit(either(undo, tx.Action.Encode(), tx.Encode()))
	},
}
