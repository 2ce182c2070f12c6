package adversary

import (
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// workerSuspended refuses to answer, is suspended, and comes back at once on
// another machine.
var workerSuspended = Attack{
	Name: "worker_suspended", Guarantee: "G6", Wants: rejection.WorkerSuspended,
	Run: func(c *world.Cast, undo bool) error {
		tx := asked(c)
		if undo {
			c.Must(c.Answer(tx, c.Workers[0]).Encode())
		}
		c.Advance(c.State.Params().AnswerBlocks + 1)
		k := world.NewWorker(c.Workers[0].Operator, "another machine", 0)
		return c.Commit(c.Registration(k).Encode())
	},
}
