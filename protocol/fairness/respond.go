package fairness

import (
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/transcript"
)

// Held is all that an enclave has of one heartbeat. It holds orders' secrets,
// and must not leave the enclave.
type Held struct {
	Intake   transcript.Intake
	Auctions []transcript.Auction // ascending by height
	tree     transcript.Tree
	calls    map[uint64]int // index of Auctions, by number of the call
}

// NewHeld puts together what a heartbeat's roots stand for.
func NewHeld(intake transcript.Intake, auctions []transcript.Auction) *Held {
	h := &Held{Intake: intake, Auctions: auctions, calls: map[uint64]int{}}
	var called []transcript.Called
	for i, a := range auctions {
		called = append(called, transcript.Called{Height: a.Height, Interval: a.Interval, Root: a.Root()})
		n := uint64(0)
		for j := i; j > 0 && auctions[j-1].Interval == a.Interval; j-- {
			n++
		}
		h.calls[transcript.Call(a.Interval, n)] = i
	}
	h.tree = transcript.NewAuctions(called)
	return h
}

// Roots returns the heartbeat's two roots.
func (h *Held) Roots() (intake, auctions [32]byte) { return h.Intake.Tree.Root(), h.tree.Root() }

// Answer answers q from what the enclave has; without it (nil) it says so. Who
// asks about an order that is there, without its s, is shown nothing.
func (h *Held) Answer(q *Query) *Answer {
	if h == nil || q.Heartbeat != h.Intake.Height {
		return &Answer{Status: Unknown}
	}
	a := &Answer{Intake: h.Intake.Tree.Prove(q.Intake), Auctions: h.tree.Prove(transcript.CallKey(q.Call))}
	if a.Intake.Found {
		held := &h.Intake.Held[a.Intake.Place]
		if !q.entitled(held.Secret.S) {
			return &Answer{Status: Denied}
		}
		a.Taken = held.Taken
	}
	i, called := h.calls[q.Call]
	if !called {
		return a
	}
	auction := &h.Auctions[i]
	a.Height, a.Roots = auction.Height, [2][32]byte{auction.Orders.Root(), auction.Pools.Root()}
	a.Orders = auction.Orders.Prove(q.Order)
	if !a.Orders.Found {
		return a
	}
	party := &auction.Parties[a.Orders.Place]
	if !q.entitled(party.Secret.S) {
		return &Answer{Status: Denied}
	}
	a.Outcome = party.Outcome
	pool, secrets, ok := auction.Show(transcript.PoolNumber(party.Outcome.Market, party.Outcome.Pool))
	if !ok {
		return &Answer{Status: Unknown} // no auction has an order without its pool
	}
	a.Pool = pool
	if wants(&party.Outcome, &pool.Pool, party.Side) {
		a.Last = secrets.Last[party.Side].Open(secrets.Seed[party.Side], party.Outcome.Rank(party.Side))
	}
	return a
}

func (q *Query) entitled(s field.Element) bool { return q.Right == q.right(s) }
