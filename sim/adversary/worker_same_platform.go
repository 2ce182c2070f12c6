package adversary

import (
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// workerSamePlatform boots a second enclave, for another operator, on a machine
// that has one.
var workerSamePlatform = Attack{
	Name: "worker_same_platform", Guarantee: "G6", Wants: rejection.WorkerRegistered,
	Run: register(func(c *world.Cast, r *registry.Worker, k *world.Worker) {
		k.Platform = c.Workers[1].Platform
		*r = *c.Registration(k)
	}),
}
