package worker

import (
	"errors"
	"slices"
	"testing"

	"github.com/nightjar/nightjar/enclave/boundary"
	"github.com/nightjar/nightjar/enclave/chaintest"
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/ledger/chronicle"
	"github.com/nightjar/nightjar/protocol/fairness"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/settlement"
	"github.com/nightjar/nightjar/protocol/transcript"
	"github.com/nightjar/nightjar/replica"
)

// chronicle is what a third party makes of the chain, who has the genesis and
// the blocks and nothing else.
func (w *world) chronicle() *chronicle.Chronicle {
	w.Helper()
	r, err := replica.New(w.Genesis, w.proofs)
	if err != nil {
		w.Fatal(err)
	}
	c := chronicle.New(w.Genesis)
	for _, b := range w.Blocks {
		x, err := r.Apply(b.Light, b.Txs)
		if err != nil {
			w.Fatal(err)
		}
		if err := c.Take(x.Txs, x.Events, r.State()); err != nil {
			w.Fatal(err)
		}
	}
	return c
}

// claim finds an order's leaf, as its owner does.
func (w *world) claim(c *chronicle.Chronicle, o order.Order) fairness.Claim {
	w.Helper()
	for at := range w.State.Leaves() {
		claim := fairness.Claim{Order: o, Position: at}
		if _, ok := c.Facts(claim, fairness.Heartbeat{}, 0, w.Height()); ok {
			return claim
		}
	}
	w.Fatal("the order has no leaf")
	return fairness.Claim{}
}

// ask has a worker answer a query, over its host.
func (w *world) ask(worker int, q fairness.Query, seed fairness.KeySeed) *fairness.Answer {
	w.Helper()
	out, err := w.workers[worker].Handle(&boundary.Ask{Number: 7, Query: q.Bytes()})
	if err != nil || len(out.Messages) != 1 {
		w.Fatalf("%d messages, %v", len(out.Messages), err)
	}
	m, ok := out.Messages[0].(*boundary.Answer)
	if !ok || m.Number != 7 {
		w.Fatalf("the enclave said %T", out.Messages[0])
	}
	a, err := seed.Open(w.Genesis.ChainID, &q, m.Sealed[:])
	if err != nil {
		w.Fatal(err)
	}
	return a
}

// contest is two buyers who want what one seller has. It returns their orders
// and the heartbeat after they met.
func (w *world) contest() (first, second, seller order.Order, beat uint64) {
	w.Helper()
	first = w.Place("ann", chaintest.Terms(order.Buy, 8, 104))
	second = w.Place("bob", chaintest.Terms(order.Buy, 8, 102))
	seller = w.Place("cid", chaintest.Terms(order.Sell, 6, 98))
	until(w, 16, always[ledger.GroupSettled])
	every := w.State.Params().HeartbeatBlocks
	for w.Height()%every != 0 {
		w.step()
	}
	return first, second, seller, w.Height()
}

// check has a worker answer about an order's call, demands that the answer proves
// something and that no rule was broken, and returns what the order traded.
func (w *world) check(worker int, c *chronicle.Chronicle, claim fairness.Claim, h fairness.Heartbeat, call uint64, seed fairness.KeySeed) uint64 {
	w.Helper()
	q := fairness.Ask(h.Height, call, claim.Secret(), seed.Public())
	seen, err := w.ask(worker, q, seed).Verify(h, &q, claim.Secret(), claim.Order.Terms.Side)
	if err != nil {
		w.Fatalf("worker %d, heartbeat %d, call %x: %v", worker, h.Height, call, err)
	}
	if !seen.Called {
		w.Fatalf("no call %x", call)
	}
	f, _ := c.Facts(claim, h, call, seen.Height)
	if broken := fairness.Judge(claim, seen, f); len(broken) != 0 {
		w.Errorf("worker %d, call %x: %v", worker, call, broken)
	}
	if seen.Outcome == nil {
		return 0
	}
	return seen.Outcome.Lots
}

// TestOwnersAreAnswered: every worker shows every owner what became of the
// order in every auction of the last heartbeats that the chain took, and nobody finds
// that a rule was broken.
func TestOwnersAreAnswered(t *testing.T) {
	w := running(t)
	first, second, seller, beat := w.contest()
	until(w, 4, func(e ledger.HeartbeatSeen) bool { return e.Height == beat })
	c := w.chronicle()
	seed := fairness.KeySeed{1}
	traded := map[field.Element]uint64{}
	for _, o := range []order.Order{first, second, seller} {
		claim := w.claim(c, o)
		for _, h := range c.Newest(fairness.Kept) {
			for interval := h.First; interval <= h.Height; interval++ {
				for i := range 3 {
					traded[o.S] += w.check(i, c, claim, h, transcript.Call(interval, 0), seed)
				}
			}
		}
	}
	if traded[first.S] != 3*6 || traded[second.S] != 0 || traded[seller.S] != 3*6 {
		t.Errorf("traded %v", traded)
	}

	// Who has no order is answered in the same size; what is no query is not.
	stranger := fairness.Ask(beat, transcript.Call(beat, 0), transcript.Secret{Nullifier: w.Fresh(), S: w.Fresh()}, seed.Public())
	if a := w.ask(1, stranger, seed); a.Status != fairness.Shows || a.Intake.Found || a.Orders.Found {
		t.Errorf("a stranger is shown %v", a.Status)
	}
	old := fairness.Ask(beat+8, transcript.Call(beat, 0), transcript.Secret{}, seed.Public())
	if a := w.ask(1, old, seed); a.Status != fairness.Unknown {
		t.Errorf("of no heartbeat: %v", a.Status)
	}
	out, err := w.workers[1].Handle(&boundary.Ask{Query: [fairness.QuerySize]byte{1100: 0xff, 1101: 0xff}})
	if err != nil || len(out.Messages) != 0 {
		t.Errorf("what is no query: %d messages, %v", len(out.Messages), err)
	}
}

// TestRogueQuorum: two of three enclaves sign a heartbeat of a story in which an
// order was left out, or two priorities were swapped. The owner whom it harms
// has evidence that holds for whoever has genesis and blocks; of the heartbeat
// that keeps the rules there is none.
func TestRogueQuorum(t *testing.T) {
	for name, c := range map[string]struct {
		rule  fairness.Rule
		who   int // 0 the first buyer, 1 the second
		story story
	}{
		"honest":                     {fairness.Excluded, 1, truth},
		"an order is left out":       {fairness.Excluded, 1, meeting(leftOut)},
		"two priorities are swapped": {fairness.Passed, 0, meeting(swapped)},
	} {
		w := running(t)
		w.silence() // they will sign something else
		one, two, _, beat := w.contest()
		held := w.workers[0].shown[beat]
		if held == nil {
			t.Fatal("the enclave computed no heartbeat")
		}
		var call uint64
		for _, a := range held.Auctions {
			if first, _ := met(a.Parties, one, two); first != nil {
				call = transcript.Call(a.Interval, 0)
			}
		}
		if call == 0 {
			t.Fatal("the buyers did not meet")
		}
		tampered := c.story(held, one, two)
		w.beatAs(tampered)

		// Bob still rests; Ann's order was filled, and is in no intake any more.
		chain := w.chronicle()
		claim := w.claim(chain, []order.Order{one, two}[c.who])
		q := fairness.Ask(beat, call, claim.Secret(), fairness.KeySeed{}.Public())
		e := &fairness.Evidence{
			ChainID: w.Genesis.ChainID, Rule: c.rule, Claim: claim,
			Exhibits: []fairness.Exhibit{{Heartbeat: beat, Call: call, Answer: tampered.Answer(&q)}},
		}
		e, err := fairness.DecodeEvidence(e.Encode())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		want := error(nil)
		if name == "honest" {
			want = rejection.BadTranscript
		}
		if err := e.Check(chain); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
}

// beatAs has two enclaves sign a heartbeat of what they hold, and the chain take
// it.
func (w *world) beatAs(held *fairness.Held) {
	w.Helper()
	if err := w.Submit(w.signBeat(held)); err != nil {
		w.Fatal(err)
	}
	until(w, 2, func(e ledger.HeartbeatSeen) bool { return e.Height == held.Intake.Height })
}

// signBeat returns a heartbeat that two enclaves signed.
func (w *world) signBeat(held *fairness.Held) []byte {
	p := registry.Heartbeat{Height: held.Intake.Height}
	p.Intake, p.Transcript = held.Roots()
	for _, i := range []int{0, 1} {
		k := w.workers[i].keys
		p.Signatures = append(p.Signatures, settlement.WorkerSignature{Worker: k.ID(), Signature: k.Sign(p.SignBytes(w.Genesis.ChainID))})
	}
	slices.SortFunc(p.Signatures, func(x, y settlement.WorkerSignature) int { return compareIDs(x.Worker, y.Worker) })
	return p.Encode()
}
