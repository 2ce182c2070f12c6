package worker

import (
	"maps"
	"slices"
	"sync/atomic"

	"github.com/nightjar/nightjar/circuit/collect"
	"github.com/nightjar/nightjar/circuit/fill"
	"github.com/nightjar/nightjar/circuit/verify"
	"github.com/nightjar/nightjar/enclave/peer"
	"github.com/nightjar/nightjar/engine/machine"
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/field"
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
	ballot *ballot // on the lock

	locked  uint64                // height of the block with the lock, 0 before
	sharers []settlement.WorkerID // who proves it, ascending; from that block on
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
	w.note(result)
	m := &auction{result: result, lock: result.Lock()}
	for i := range result.Groups {
		g, ok := w.group(result, i)
		if !ok {
			w.lose() // the book holds an order whose path it lacks
			return
		}
		m.groups = append(m.groups, g)
	}
	w.auction[a] = m
	if len(m.groups) == 0 {
		return
	}
	m.ballot = &ballot{
		message: m.lock.SignBytes(w.genesis.ChainID), leader: w.state().Leader(), opened: a,
		last: a + w.genesis.Constants.ExecutionDelay,
		encode: func(s []settlement.WorkerSignature) []byte {
			l := m.lock
			l.Signatures = s
			return l.Encode()
		},
	}
	w.vote(subject{peer.Lock, a}, m.ballot)
}

// group gathers what proving a group needs: orders in the tree as it was w
// blocks before the auction, market and reference in the tables after its
// block. The claims are those that the ledger will check.
func (w *Worker) group(a machine.Auction, index int) (*group, bool) {
	height, g := uint64(a.Height), a.Groups[index]
	edge, ok := w.edges[height-w.state().Params().RestBlocks]
	if !ok {
		return nil, false
	}
	out := &group{settle: a.Settle(index, w.genesis.ChainID)}
	// All workers prove a group under the version that is the newest after the
	// auction's block. Its overlap is longer than any lock.
	versions := w.state().Circuits()
	out.settle.Version = versions[len(versions)-1].Version
	keys, _ := w.state().Keys(out.settle.Version)
	add := func(circuit ledger.Circuit, key *verify.Key, public []field.Element, prove func(Prover) ([settlement.ProofSize]byte, error)) {
		job := Job{Auction: height, Group: index, Index: len(out.parts), prove: prove, over: new(atomic.Bool)}
		out.parts = append(out.parts, &part{job: job, claim: ledger.Claim{Circuit: circuit, Key: key, Public: public}})
		out.missing++
	}
	for k, leg := range g.Legs {
		var path tree.Path // padding stands at position 0 and shows no path
		if !leg.Padding {
			if path, ok = w.keeper.Path(leg.Position, edge); !ok {
				return nil, false
			}
		}
		witness := fill.Witness{
			Order: leg.Order, Path: path, Anchor: edge.Root(), Lots: leg.Fill.Lots,
			Execution: g.Execution, Salt: g.Salt, Blind: leg.Blind,
		}
		add(ledger.FillCircuit, keys.Fill, out.settle.FillInputs(k, witness.Anchor), func(p Prover) (proof [settlement.ProofSize]byte, err error) {
			if p.Keys().Fill.Hash() != keys.Fill.Hash() {
				return proof, ErrOtherKeys
			}
			return p.Fill(witness)
		})
	}
	markets, references := w.state().Tables()
	market, err1 := markets.Path(g.Market.ID)
	reference, err2 := references.Path(g.Market.ID)
	witness := collect.Witness{
		Market: g.Market, MarketPath: market, Reference: g.Reference, ReferencePath: reference,
		Height: uint32(height), Price: g.Execution.Price, Salt: g.Salt,
		Fee: g.Fee.Note.Value, Treasury: w.genesis.Treasury.PKd, R: g.Fee.R, Blind: g.Fee.Blind,
	}
	public := out.settle.CollectInputs(witness.Markets(), witness.References(), witness.Treasury)
	add(ledger.CollectCircuit, keys.Collect, public, func(p Prover) (proof [settlement.ProofSize]byte, err error) {
		if p.Keys().Collect.Hash() != keys.Collect.Hash() {
			return proof, ErrOtherKeys
		}
		return p.Collect(witness)
	})
	return out, err1 == nil && err2 == nil
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
		case m.ballot != nil && m.lock.Outcome == e.Outcome:
			m.locked = r.height
			m.sharers = slices.SortedFunc(maps.Keys(m.ballot.signatures), compareIDs)
		default: // a quorum locked what this worker did not compute
			w.diverged++
			w.forget(e.Auction)
		}
	}
	for _, e := range r.closed {
		if m := w.auction[e.Auction]; m != nil && int(e.Group) < len(m.groups) {
			m.groups[e.Group].settled = true
			m.groups[e.Group].close()
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
			g.close()
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
