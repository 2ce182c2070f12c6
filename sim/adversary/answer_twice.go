package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// answerTwice fills blocks with answers to one challenge.
var answerTwice = Attack{
	Name: "answer_twice", Guarantee: "G6", Wants: rejection.ChallengeClosed,
	Run: func(c *world.Cast, undo bool) error {
		tx := asked(c)
		if !undo {
			c.Must(c.Answer(tx, c.Workers[0]).Encode())
		}
		return c.Commit(c.Answer(tx, c.Workers[0]).Encode())
	},
}
