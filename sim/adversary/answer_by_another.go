package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// answerByAnother answers in the name of a worker that stays silent.
var answerByAnother = Attack{
	Name: "answer_by_another", Guarantee: "G6", Wants: rejection.BadWorkerSignature,
	Run: func(c *world.Cast, undo bool) error {
		return c.Commit(c.Answer(asked(c), c.Workers[either(undo, 1, 0)]).Encode())
	},
}
