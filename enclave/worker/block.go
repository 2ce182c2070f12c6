package worker

import (
	"errors"
	"slices"

	"github.com/nightjar/nightjar/enclave/boundary"
	"github.com/nightjar/nightjar/engine/machine"
	"github.com/nightjar/nightjar/protocol/seal"
	"github.com/nightjar/nightjar/replica"
)

// historyBlocks is how many blocks a worker without the book remembers: how far
// behind a handed book may be.
const historyBlocks = 64

// block takes the next block of the chain, or refuses it and stays.
func (w *Worker) block(m *boundary.Block) {
	b, err := w.chain.Apply(m.Light, m.Txs)
	if err != nil {
		w.refused = why(err)
		return
	}
	w.refused = ""
	r, err := newRecord(b, w.state())
	if err != nil {
		// The ledger accepted what its own decoders refuse.
		panic(err)
	}
	w.turn(r)
	w.follow(r)
	w.expire()

	w.respond(r)
	w.trackLocks(r)
	w.runAuction()
	w.beat()
	w.propose()
	w.ask()
	w.submitLate()
	w.settleDue()
}

// why names height and check of a refusal, and nothing of what the host sent.
func why(err error) string {
	var refusal *replica.Refusal
	if errors.As(err, &refusal) {
		return (&replica.Refusal{Height: refusal.Height, Check: refusal.Check, Err: errRefused}).Error()
	}
	return errRefused.Error()
}

var errRefused = errors.New("refused")

// turn lets a new epoch begin: whoever holds its secret goes on, or starts with
// an empty book; whoever doesn't has lost the book.
func (w *Worker) turn(r *record) {
	e, ok := w.state().Epoch(r.epoch)
	if !ok || e.Start != r.height {
		return
	}
	if r.reset {
		// Nobody obeys instructions sealed to an epoch before a reset: not all
		// workers could.
		for _, n := range w.epochs.Numbers() {
			w.epochs.Erase(n)
		}
		w.lose()
	}
	for digest, p := range w.offered {
		if p.Number == e.Number && p.secret.Matches(e.SealKey, e.Committed) {
			w.epochs.Add(e.Number, p.secret)
			delete(w.offered, digest)
		}
	}
	w.dropProposals(e.Number)
	if _, held := w.epochs.Get(e.Number); !held {
		w.lose()
		return
	}
	if r.reset {
		w.machine, w.history = machine.New(uint32(r.height-1)), nil
	}
}

// lose forgets the book; the peers hand it over again. What was matched is
// still proven: an auction holds all that its settlements need.
func (w *Worker) lose() {
	if w.machine == nil {
		return
	}
	w.machine = nil
	for _, position := range w.keeper.Marks() {
		w.keeper.Unmark(position)
	}
	clear(w.roots)
	clear(w.traces)
	clear(w.shown)
}

// follow lets tree and book take the block.
func (w *Worker) follow(r *record) {
	if w.machine == nil {
		w.history = append(w.history, r)
		if len(w.history) > historyBlocks {
			w.history = slices.Delete(w.history, 0, len(w.history)-historyBlocks)
		}
		w.grow(r, nil)
	} else if !w.step(r) {
		w.lose()
	}
	w.edges[r.height] = w.keeper.Edge()
	oldest := max(w.genesis.Bounds.MaxRestBlocks, historyBlocks) + 1
	if r.height > oldest {
		delete(w.edges, r.height-oldest)
	}
	w.adopt()
}

// step lets the machine take a block whose leaves are not in the keeper yet. It
// reports whether the book still follows the chain; if not, the keeper has the
// leaves all the same.
func (w *Worker) step(r *record) bool {
	b := r.block
	b.Admitted = slices.Clone(r.block.Admitted)
	for i, s := range r.sealed {
		b.Admitted[i].Command = w.open(s)
	}
	changes, err := w.machine.Step(b)
	if err != nil {
		w.grow(r, nil)
		return false
	}
	first := w.keeper.Size()
	var marks []int
	for _, position := range changes.Rested {
		if position >= first { // others were marked when they were handed over
			marks = append(marks, int(position-first))
		}
	}
	w.grow(r, marks)
	for _, position := range changes.Gone {
		w.keeper.Unmark(position)
	}
	return true
}

// open opens an instruction; one that does not open says nothing.
func (w *Worker) open(s instruction) seal.Command {
	if e, ok := w.epochs.Get(s.epoch); ok {
		if c, err := e.Key().Open(w.genesis.ChainID, s.aad, s.text); err == nil {
			return c
		}
	}
	return seal.Command{}
}

// grow appends a block's leaves. The ledger appended the same, so nothing can
// be refused.
func (w *Worker) grow(r *record, marks []int) {
	if err := w.keeper.Append(r.leaves, marks); err != nil {
		panic(err)
	}
}

// expire erases the secrets of epochs whose last instruction has been admitted
// and executed: g + D blocks after their end.
func (w *Worker) expire() {
	p := w.state().Params()
	for _, n := range w.epochs.Numbers() {
		e, known := w.state().Epoch(n)
		if !known || e.End != 0 && w.height() > e.End+p.EpochGrace+w.genesis.Constants.ExecutionDelay {
			w.epochs.Erase(n)
		}
	}
}
