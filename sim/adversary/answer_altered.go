package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// answerAltered garbles a worker's answer on its way.
var answerAltered = Attack{
	Name: "answer_altered", Guarantee: "G6", Wants: rejection.BadWorkerSignature,
	Run: func(c *world.Cast, undo bool) error {
		a := c.Answer(asked(c), c.Workers[0])
		if !undo {
			a.Sealed[100] ^= 1
		}
		return c.Commit(a.Encode())
	},
}
