package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// challengeNotSigner wants a worker to answer for a heartbeat that it has no part
// in, to see it suspended.
var challengeNotSigner = Attack{
	Name: "challenge_not_signer", Guarantee: "G6", Wants: rejection.NotASigner,
	Run: func(c *world.Cast, undo bool) error {
		q := c.Query(c.Beat())
		return c.Commit(ask(c, c.Workers[either(undo, world.Quorum, 0)], q).Encode())
	},
}
