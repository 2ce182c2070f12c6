package adversary

import (
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/sim/world"
)

// register tells the story of one more enclave of the first operator, on a
// machine of its own, whose registration spoil spoils.
func register(spoil func(c *world.Cast, r *registry.Worker, k *world.Worker)) func(*world.Cast, bool) error {
	return func(c *world.Cast, undo bool) error {
		k := world.NewWorker(c.Operators[0], "one more machine", 0)
		r := c.Registration(k)
		if !undo {
			spoil(c, r, k)
		}
		return c.Commit(r.Encode())
	}
}

// fresh registers two enclaves of different operators on new machines.
func fresh(c *world.Cast) []*world.Worker {
	workers := []*world.Worker{
		world.NewWorker(c.Operators[0], "new machine", 0), world.NewWorker(c.Operators[1], "other new machine", 0),
	}
	c.Must(c.Registration(workers[0]).Encode(), c.Registration(workers[1]).Encode())
	return workers
}

// reset returns a reset epoch.
func reset(c *world.Cast) *registry.Epoch {
	e := c.NewEpoch()
	e.Reset, e.Revealed = true, registry.Schedule{}
	return e
}
