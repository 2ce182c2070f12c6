package worker

import (
	"errors"

	"github.com/nightjar/nightjar/enclave/boundary"
	"github.com/nightjar/nightjar/protocol/fairness"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/transcript"
)

// shownBeats is how many heartbeats a worker can show owners. What it keeps for
// that is erased with them: orders that left the book are not held longer.
const shownBeats = 4

// retain remembers the heartbeat of the newest block, of auctions from first on. A
// worker that did not run them all, because the book was handed to it since,
// shows nothing of this one: others do.
func (w *Worker) retain(first uint64, intake transcript.Intake) {
	var auctions []transcript.Auction
	for n := first; n <= w.height(); n++ {
		if w.roots[n] == [32]byte{} {
			continue // none was called
		}
		a, ran := w.traces[n]
		if !ran {
			return
		}
		auctions = append(auctions, a)
	}
	w.shown[w.height()] = fairness.NewHeld(intake, auctions)
	for n := range w.shown {
		if n+shownBeats*w.state().Params().HeartbeatBlocks <= w.height() {
			delete(w.shown, n)
		}
	}
}

// answer shows an owner what this worker holds of a heartbeat, sealed, in one
// size whatever there is. What is no query is ignored: a host may send anything.
func (w *Worker) answer(m *boundary.Ask) error {
	q, err := fairness.DecodeQuery(m.Query[:])
	if err != nil {
		return nil
	}
	sealed, err := q.Seal(w.genesis.ChainID, w.shown[q.Heartbeat].Answer(&q))
	if errors.Is(err, rejection.NonCanonical) {
		return nil // a key of small order
	}
	if err != nil {
		return err
	}
	out := &boundary.Answer{Number: m.Number}
	copy(out.Sealed[:], sealed)
	w.send(out)
	return nil
}
