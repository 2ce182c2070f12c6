package worker

import (
	"errors"
	"slices"
	"sync/atomic"

	"github.com/nightjar/nightjar/circuit/collect"
	"github.com/nightjar/nightjar/circuit/fill"
	"github.com/nightjar/nightjar/enclave/boundary"
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/settlement"
)

// Job is one group to prove. It holds open orders: it must not leave the
// enclave.
type Job struct {
	Auction uint64
	Group   int
	fills   []fill.Witness
	collect collect.Witness
	over    *atomic.Bool // the group is settled or busted: nobody needs the proofs
}

// ErrOver is the error of a job whose group was decided before it was proven.
var ErrOver = errors.New("the group is settled or busted")

// Result is a job's proofs, or why there are none.
type Result struct {
	Auction uint64
	Group   int
	Err     error
	fills   [][settlement.ProofSize]byte
	collect [settlement.ProofSize]byte
}

// Run proves the job, unless it is over meanwhile (ErrOver). It may run on any
// goroutine.
func (j Job) Run(p Prover) Result {
	r := Result{Auction: j.Auction, Group: j.Group}
	for _, f := range j.fills {
		if j.over.Load() {
			r.Err = ErrOver
			return r
		}
		proof, err := p.Fill(f)
		if err != nil {
			r.Err = err
			return r
		}
		r.fills = append(r.fills, proof)
	}
	r.collect, r.Err = p.Collect(j.collect)
	return r
}

// settleDue starts proving the groups whose turn has come, and submits again
// what did not get into a block. A group's turns go round the live workers:
// first (a + index) mod n, and another whenever the one before had its time and
// the group is still open.
func (w *Worker) settleDue() {
	live := w.state().Workers()
	own := slices.IndexFunc(live, func(m ledger.Worker) bool { return m.ID == w.keys.ID() })
	turn := max(w.state().Params().LockBlocks/4, 1)
	for _, a := range w.lockedAuctions() {
		m := w.auction[a]
		for i, g := range m.groups {
			switch {
			case g.settled || g.proving:
			case g.tx != nil:
				if w.height() >= g.sent+patience {
					w.submitGroup(g)
				}
			case w.height() >= m.locked+turn*rank(own, len(live), a+uint64(i)):
				g.proving = true
				w.out.Jobs = append(w.out.Jobs, g.job)
			}
		}
	}
}

// rank returns how many workers come before number own of n in the round that
// begins with worker first mod n. A worker that is not among them comes last.
func rank(own, n int, first uint64) uint64 {
	if own < 0 || n == 0 {
		return uint64(n)
	}
	size := uint64(n)
	return (uint64(own) + size - first%size) % size
}

// lockedAuctions returns the heights of open locks, ascending.
func (w *Worker) lockedAuctions() []uint64 {
	var open []uint64
	for a, m := range w.auction {
		if m.locked != 0 {
			open = append(open, a)
		}
	}
	slices.Sort(open)
	return open
}

// Proved takes a finished job and submits the settlement. A job that failed is
// another worker's turn.
func (w *Worker) Proved(r Result) Output {
	w.out = Output{}
	m := w.auction[r.Auction]
	if m == nil || r.Group >= len(m.groups) || m.groups[r.Group].settled || r.Err != nil {
		return w.out
	}
	g := m.groups[r.Group]
	s := m.result.Settle(r.Group, w.genesis.ChainID)
	s.Version, s.FillProofs, s.Collect = 1, r.fills, r.collect
	g.proving, g.tx = false, s.Encode()
	w.submitGroup(g)
	return w.out
}

func (w *Worker) submitGroup(g *group) {
	g.sent = w.height()
	w.send(&boundary.Submit{Tx: g.tx})
}
