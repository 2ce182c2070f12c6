package adversary

import (
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// workerByStranger is run by somebody whom nobody has admitted.
var workerByStranger = Attack{
	Name: "worker_by_stranger", Guarantee: "G6", Wants: rejection.UnknownOperator,
	Run: register(func(c *world.Cast, r *registry.Worker, k *world.Worker) {
		k.Operator = world.NewKey("stranger", 0)
		*r = *c.Registration(k)
	}),
}
