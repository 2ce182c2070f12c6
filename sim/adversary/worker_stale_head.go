package adversary

import (
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/world"
)

// workerStaleHead shows that its enclave follows another chain, or none any
// more.
var workerStaleHead = Attack{
	Name: "worker_stale_head", Guarantee: "G6", Wants: rejection.StaleHead,
	Run: register(func(c *world.Cast, r *registry.Worker, k *world.Worker) {
		r.Head.Hash[0] ^= 1
		r.Evidence = c.Evidence(r, world.Image(), k.Platform)
		r.Sign(world.ChainID, k.Operator)
	}),
}
