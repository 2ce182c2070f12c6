package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// challengeRedirected puts a question of his own to the fee of a stranger.
var challengeRedirected = Attack{
	Name: "challenge_redirected", Guarantee: "G6", Wants: rejection.BadSpendSignature,
	Run: func(c *world.Cast, undo bool) error {
		beat := c.Beat()
		tx := ask(c, c.Workers[0], c.Query(beat))
		if !undo {
			tx.Query = c.Query(beat)
		}
		return c.Commit(tx.Encode())
	},
}
