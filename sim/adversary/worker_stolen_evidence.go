package adversary

import (
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// workerStolenEvidence registers keys of its own with the genuine evidence of
// another enclave.
var workerStolenEvidence = Attack{
	Name: "worker_stolen_evidence", Guarantee: "G6", Wants: rejection.BadEvidence,
	Run: register(func(c *world.Cast, r *registry.Worker, k *world.Worker) {
		r.Evidence = c.Registration(c.Workers[0]).Evidence
		r.Sign(world.ChainID, k.Operator)
	}),
}
