package adversary

import (
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// workerOtherImage runs an image of its own in a genuine enclave.
var workerOtherImage = Attack{
	Name: "worker_other_image", Guarantee: "G6", Wants: rejection.MeasurementRefused,
	Run: register(func(c *world.Cast, r *registry.Worker, k *world.Worker) {
		r.Evidence = c.Evidence(r, [48]byte{1}, k.Platform)
		r.Sign(world.ChainID, k.Operator)
	}),
}
