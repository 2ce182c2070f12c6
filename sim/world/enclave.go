package world

import (
	"bytes"
	"crypto/ed25519"
	"slices"

	"github.com/nightjar/nightjar/attestation"
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/settlement"
)

// image is the measurement of the world's enclaves.
var image = func() (m [48]byte) { copy(m[:], "nightjar simulated enclave"); return m }()

// Worker is an enclave: what it signs with, who runs it and where.
type Worker struct {
	Operator ed25519.PrivateKey
	Signing  ed25519.PrivateKey
	Platform registry.Platform
}

// NewWorker boots an enclave of an operator on a machine.
func NewWorker(operator ed25519.PrivateKey, machine string, boot int) *Worker {
	return &Worker{
		Operator: operator,
		Signing:  NewKey("enclave on "+machine, boot),
		Platform: registry.Platform(hash("platform", machine)),
	}
}

// ID returns the worker's id.
func (k *Worker) ID() settlement.WorkerID { return settlement.NewWorkerID(public(k.Signing)) }

// Registration returns the worker's registration, over the last block, with
// genuine evidence and signed by its operator.
func (w *World) Registration(k *Worker) *registry.Worker {
	head := w.State.Head()
	r := &registry.Worker{
		Operator: public(k.Operator), SigningKey: public(k.Signing),
		Head: registry.Head{Height: head.Height, Hash: head.Hash},
	}
	seal := hash("seal key", k.ID())
	copy(r.SealKey[:], seal[:])
	r.Evidence = w.Evidence(r, image, k.Platform)
	r.Sign(ChainID, k.Operator)
	return r
}

// Evidence lets the simulated provider attest a registration.
func (w *World) Evidence(r *registry.Worker, image [48]byte, platform registry.Platform) []byte {
	return attestation.Simulate(w.root, image, platform, r.ReportData(ChainID))
}

// Image returns the measurement that the world allows.
func Image() [48]byte { return image }

// SignWorkers lets workers sign a message, in the order that the wire wants.
func SignWorkers(workers []*Worker, message []byte) (out []settlement.WorkerSignature) {
	for _, k := range workers {
		out = append(out, settlement.WorkerSignature{
			Worker: k.ID(), Signature: quorum.Sign(k.Signing, message).Signature,
		})
	}
	slices.SortFunc(out, func(a, b settlement.WorkerSignature) int { return bytes.Compare(a.Worker[:], b.Worker[:]) })
	return out
}

// Leading returns q workers among which is the leader of the next block's lock.
func (w *World) Leading() []*Worker {
	leader := w.State.Leader()
	out := slices.Clone(w.Workers)
	slices.SortStableFunc(out, func(a, b *Worker) int {
		switch leader {
		case a.ID():
			return -1
		case b.ID():
			return 1
		}
		return 0
	})
	return out[:Quorum]
}

// Schedule returns the schedule key of an epoch.
func Schedule(number uint64) registry.Schedule { return registry.Schedule(hash("schedule", number)) }

// NewEpoch returns the next epoch, unsigned.
func (w *World) NewEpoch() *registry.Epoch {
	last := w.State.Book().Epoch
	e := &registry.Epoch{Number: last + 1, Committed: Schedule(last + 1).Commit()}
	if last > 0 {
		e.Revealed = Schedule(last)
	}
	seal := hash("epoch key", e.Number)
	copy(e.SealKey[:], seal[:])
	return e
}

// SignEpoch lets workers sign an epoch.
func (w *World) SignEpoch(e *registry.Epoch, workers []*Worker) []byte {
	e.Signatures = SignWorkers(workers, e.SignBytes(ChainID))
	return e.Encode()
}

// Epoch returns the running epoch.
func (w *World) Epoch() ledger.Epoch {
	e, _ := w.State.Epoch(w.State.Book().Epoch)
	return e
}
