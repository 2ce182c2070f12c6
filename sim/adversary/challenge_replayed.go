package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// challengeReplayed has a worker asked again what it answered.
var challengeReplayed = Attack{
	Name: "challenge_replayed", Guarantee: "G6", Wants: rejection.AlreadyChallenged,
	Run: func(c *world.Cast, undo bool) error {
		first := asked(c)
		c.Must(c.Answer(first, c.Workers[0]).Encode())
		coin := c.Deposit(c.Mallory, world.HUB, 100)
		c.Settled()
		pay := c.Plan(world.Intent{Owner: c.Mallory, In: []*world.Coin{coin}}).Derive()
		return c.Commit(pay.Challenge(c.Workers[either(undo, 0, 1)], first.Query).Encode())
	},
}
