package worker

import (
	"sync/atomic"

	"github.com/nightjar/nightjar/circuit/collect"
	"github.com/nightjar/nightjar/circuit/fill"
	"github.com/nightjar/nightjar/enclave/peer"
	"github.com/nightjar/nightjar/engine/machine"
	"github.com/nightjar/nightjar/protocol/settlement"
	"github.com/nightjar/nightjar/protocol/tree"
)

// auction is an auction that this worker ran when its block was the newest, with
// all that proving it needs: its epoch's secret may be erased before it is
// settled. Without groups nothing matched.
type auction struct {
	result machine.Auction
	lock   settlement.Lock
	groups []*group
	locked uint64 // height of the block with the lock, 0 before
}

// group is one settlement of an auction.
type group struct {
	job     Job
	settled bool
	proving bool
	tx      []byte // proven; until it is settled
	sent    uint64 // height at which tx was last submitted
}

// runAuction runs the auction of the newest block. What matched is signed as a
// lock.
func (w *Worker) runAuction() {
	secret, ok := w.current()
	if !ok {
		return
	}
	result, err := w.machine.Auction(secret.Secret())
	if err != nil {
		w.lose()
		return
	}
	a := w.height()
	w.roots[a] = result.Transcript.Root()
	m := &auction{result: result, lock: result.Lock()}
	for i, g := range result.Groups {
		job, ok := w.job(a, i, g)
		if !ok {
			w.lose() // the book holds an order whose path it lacks
			return
		}
		m.groups = append(m.groups, &group{job: job})
	}
	w.auction[a] = m
	if len(m.groups) == 0 {
		return
	}
	w.vote(subject{peer.Lock, a}, &ballot{
		message: m.lock.SignBytes(w.genesis.ChainID), leader: w.state().Leader(), opened: a,
		last: a + w.genesis.Constants.ExecutionDelay,
		encode: func(s []settlement.WorkerSignature) []byte {
			l := m.lock
			l.Signatures = s
			return l.Encode()
		},
	})
}

// job gathers the witnesses of a group: orders in the tree as it was w blocks
// before the auction, market and reference in the tables after its block.
func (w *Worker) job(height uint64, index int, g machine.Group) (Job, bool) {
	edge, ok := w.edges[height-w.state().Params().RestBlocks]
	if !ok {
		return Job{}, false
	}
	job := Job{Auction: height, Group: index, over: new(atomic.Bool)}
	for _, leg := range g.Legs {
		var path tree.Path // padding stands at position 0 and shows no path
		if !leg.Padding {
			if path, ok = w.keeper.Path(leg.Position, edge); !ok {
				return Job{}, false
			}
		}
		job.fills = append(job.fills, fill.Witness{
			Order: leg.Order, Path: path, Anchor: edge.Root(), Lots: leg.Fill.Lots,
			Execution: g.Execution, Salt: g.Salt, Blind: leg.Blind,
		})
	}
	markets, references := w.state().Tables()
	market, err1 := markets.Path(g.Market.ID)
	reference, err2 := references.Path(g.Market.ID)
	job.collect = collect.Witness{
		Market: g.Market, MarketPath: market, Reference: g.Reference, ReferencePath: reference,
		Height: uint32(height), Price: g.Execution.Price, Salt: g.Salt,
		Fee: g.Fee.Note.Value, Treasury: w.genesis.Treasury.PKd, R: g.Fee.R, Blind: g.Fee.Blind,
	}
	return job, err1 == nil && err2 == nil
}

// trackLocks takes from a block what became of the auctions.
func (w *Worker) trackLocks(r *record) {
	for _, e := range r.busted {
		w.forget(e.Auction)
	}
	if len(r.locked) > 0 {
		w.decide(peer.Lock, r.height-1) // a lock supersedes all auctions before its block
	}
	for _, e := range r.locked {
		switch m := w.auction[e.Auction]; {
		case m == nil: // from before this worker had the book
		case m.lock.Outcome == e.Outcome:
			m.locked = r.height
		default: // a quorum locked what this worker did not compute
			w.diverged++
			w.forget(e.Auction)
		}
	}
	for _, e := range r.closed {
		if m := w.auction[e.Auction]; m != nil && int(e.Group) < len(m.groups) {
			m.groups[e.Group].settled = true
			m.groups[e.Group].job.over.Store(true)
		}
	}
	for a, m := range w.auction {
		if m.locked == 0 && r.height > a+w.genesis.Constants.ExecutionDelay || m.locked != 0 && m.done() {
			w.forget(a)
		}
	}
}

// forget drops an auction with its orders' openings.
func (w *Worker) forget(a uint64) {
	if m := w.auction[a]; m != nil {
		for _, g := range m.groups {
			g.job.over.Store(true)
		}
		delete(w.auction, a)
	}
}

// done reports whether all groups are settled.
func (m *auction) done() bool {
	for _, g := range m.groups {
		if !g.settled {
			return false
		}
	}
	return true
}
