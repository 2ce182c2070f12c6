package adversary

import (
	"github.com/nightjar/nightjar/attestation"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// workerFakeEvidence is no enclave: its evidence is signed by a provider of its
// own.
var workerFakeEvidence = Attack{
	Name: "worker_fake_evidence", Guarantee: "G6", Wants: rejection.BadEvidence,
	Run: register(func(c *world.Cast, r *registry.Worker, k *world.Worker) {
		r.Evidence = attestation.Simulate(world.NewKey("my own provider", 0), world.Image(), k.Platform, r.ReportData(world.ChainID))
		r.Sign(world.ChainID, k.Operator)
	}),
}
