package machine

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/nightjar/nightjar/engine/auction"
	"github.com/nightjar/nightjar/engine/epoch"
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/jubjub"
	"github.com/nightjar/nightjar/protocol/settlement"
	"github.com/nightjar/nightjar/protocol/transcript"
)

// Auction is the result of the auction at one height: what a worker signs as a
// lock and later proves as settlements. It holds open orders and blinds, and
// must not leave the enclave.
type Auction struct {
	Height      uint32
	Called      bool               // an auction is called at this height
	Groups      []Group            // ascending by hash
	Transcript  transcript.Auction // if it is: what became of every eligible order
	StateDigest [32]byte           // Machine.Digest after block Height
}

// Auction runs the auction of the machine's height under the epoch's secret.
// Without groups there is nothing to lock: no auction is called at this height,
// or none cleared. The machine does not change: what was matched is locked only
// when the chain says so. A worker that may settle it takes the legs' paths
// now: an order can leave the book before its lock is accepted.
func (m *Machine) Auction(secret epoch.Secret) (Auction, error) {
	a := Auction{Height: m.height}
	schedule := secret.Schedule()
	if !epoch.Called(schedule, m.height, m.chain.Params.Interval) {
		return a, nil
	}
	a.Called = true
	var parties []transcript.Party
	var pools []transcript.PoolSecrets
	draws := secret.Auction(m.height)
	rank := draws.Rank()
	up := epoch.Tie(schedule, m.height)
	free := m.chain.Params.MaxFills
	for _, entries := range m.called(draws) {
		// Markets never disappear; an unknown one would have no reference.
		mkt, _ := m.chain.market(entries[0].Order.Terms.Market)
		call := auction.Call{
			Market: mkt.Record, Reference: mkt.Reference, Unstable: mkt.Record.Unstable(mkt.Swing),
			MaxFills: m.chain.Params.room(free), Up: up,
		}
		pool := newPool(entries, rank)
		result := pool.clear(call)
		outcomes := pool.outcomes(call, result)
		parties, pools = append(parties, outcomes...), append(pools, pool.common(call, result, outcomes, draws))
		if result.Reason != auction.Cleared {
			continue
		}
		g, err := m.group(mkt, result, pool, draws)
		if err != nil {
			return Auction{}, fmt.Errorf("machine: auction %d: %w", m.height, err)
		}
		free -= len(g.Legs)
		a.Groups = append(a.Groups, g)
	}
	a.Transcript = transcript.NewAuction(uint64(m.height), uint64(m.height/m.chain.Params.Interval), parties, pools)
	// A settlement names its groups in ascending order of hash (spec/09), which
	// also tells nobody which market is whose.
	slices.SortFunc(a.Groups, func(x, y Group) int { return bytes.Compare(x.Hash[:], y.Hash[:]) })
	if len(a.Groups) > 0 {
		a.StateDigest = m.Digest()
	}
	return a, nil
}

// Hashes returns h_i of each group.
func (a Auction) Hashes() [][32]byte {
	hashes := make([][32]byte, len(a.Groups))
	for i := range a.Groups {
		hashes[i] = a.Groups[i].Hash
	}
	return hashes
}

// Lock returns the lock without signatures.
func (a Auction) Lock() settlement.Lock {
	l := settlement.Lock{Height: uint64(a.Height), Outcome: settlement.Outcome(uint64(a.Height), a.Hashes()), StateDigest: a.StateDigest}
	for _, g := range a.Groups {
		for _, leg := range g.Legs {
			l.Nullifiers = append(l.Nullifiers, leg.Fill.Nullifier)
		}
	}
	slices.SortFunc(l.Nullifiers, func(x, y field.Element) int { return x.Cmp(&y) })
	return l
}

// Settle returns the settlement of group i with its binding signature, without
// its proofs and their version.
func (a Auction) Settle(i int, chainID string) settlement.Settle {
	g := a.Groups[i]
	return settlement.Settle{
		Height:  uint64(a.Height),
		Groups:  a.Hashes(),
		Index:   uint16(i),
		Group:   g.Public,
		Binding: jubjub.Sign(domain.BindingSig, jubjub.Blind, g.Binding, g.Public.BindingMessage(chainID, uint64(a.Height)), nil),
	}
}
