package adversary

import (
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// workerForgedOperator registers an enclave in the name of another operator.
var workerForgedOperator = Attack{
	Name: "worker_forged_operator", Guarantee: "G6", Wants: rejection.BadWorkerSignature,
	Run: register(func(c *world.Cast, r *registry.Worker, k *world.Worker) {
		r.Sign(world.ChainID, c.Operators[1])
	}),
}
