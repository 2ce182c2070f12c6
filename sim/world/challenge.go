package world

import (
	"github.com/nightjar/nightjar/protocol/challenge"
	"github.com/nightjar/nightjar/protocol/fairness"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/registry"
)

// Beat lets q workers sign the newest heartbeat that is due, and the chain take
// it; it returns the height.
func (w *World) Beat() uint64 {
	every := w.State.Params().HeartbeatBlocks
	h := &registry.Heartbeat{Height: w.Height() / every * every}
	h.Signatures = SignWorkers(w.Workers[:Quorum], h.SignBytes(ChainID))
	w.Must(h.Encode())
	return h.Height
}

// Query returns a query about nobody's order.
func (w *World) Query(heartbeat uint64) fairness.Query {
	var seed fairness.KeySeed
	w.random(seed[:])
	q := fairness.Query{Heartbeat: heartbeat, Key: seed.Public()}
	w.random(q.Intake[:])
	w.random(q.Order[:])
	w.random(q.Right[:])
	return q
}

// Challenge proves the action and makes it pay for a challenge.
func (a *Action) Challenge(worker *Worker, q fairness.Query) *challenge.Challenge {
	a.Prove()
	c := &challenge.Challenge{Worker: worker.ID(), Query: q, Action: *a.Tx}
	c.Action.Signature = a.Owner.Key.Sign(a.Witness.Alpha, c.Sighash(a.ChainID), nil)
	return c
}

// Answer lets a worker answer a challenge; nobody can tell what it says.
func (w *World) Answer(c *challenge.Challenge, by *Worker) *challenge.Answer {
	a := &challenge.Answer{Challenge: c.ID(ChainID)}
	w.random(a.Sealed[:])
	a.Signature = quorum.Sign(by.Signing, a.SignBytes(ChainID)).Signature
	return a
}
