package worker

import (
	"github.com/nightjar/nightjar/enclave/boundary"
	"github.com/nightjar/nightjar/protocol/fairness"
	"github.com/nightjar/nightjar/protocol/transcript"
)

// retain remembers the heartbeat of the newest block, of auctions from first on,
// and erases those that owners can't ask about any more: orders that left the
// book are not held longer. A
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
		if n+fairness.Kept*w.state().Params().HeartbeatBlocks <= w.height() {
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
	sealed, err := w.seal(&q)
	if err != nil {
		return err
	}
	out := &boundary.Answer{Number: m.Number}
	copy(out.Sealed[:], sealed)
	w.send(out)
	return nil
}

// seal is the sealed answer to a query, which was decoded: its key is one.
func (w *Worker) seal(q *fairness.Query) ([]byte, error) {
	return q.Seal(w.genesis.ChainID, w.shown[q.Heartbeat].Answer(q))
}
