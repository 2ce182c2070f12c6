package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// answerLate answers when his time is over, to keep his registration.
var answerLate = Attack{
	Name: "answer_late", Guarantee: "G6", Wants: rejection.ChallengeClosed,
	Run: func(c *world.Cast, undo bool) error {
		tx := asked(c)
		c.Advance(c.State.Params().AnswerBlocks - either(undo, uint64(0), 1))
		return c.Commit(c.Answer(tx, c.Workers[0]).Encode())
	},
}
