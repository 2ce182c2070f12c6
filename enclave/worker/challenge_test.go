package worker

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/enclave/boundary"
	"github.com/nightjar/nightjar/enclave/chaintest"
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/challenge"
	"github.com/nightjar/nightjar/protocol/fairness"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/transcript"
)

// signersOf returns the operators whose workers signed the heartbeat at a height
// as the chain has it.
func (w *world) signersOf(height uint64) (out []int) {
	w.Helper()
	for _, b := range w.Blocks {
		for _, tx := range b.Txs {
			h, err := registry.DecodeHeartbeat(tx)
			if err != nil || h.Height != height {
				continue
			}
			for _, s := range h.Signatures {
				for i := range 3 {
					if w.workers[i].keys.ID() == s.Worker {
						out = append(out, i)
					}
				}
			}
		}
	}
	return out
}

// answers reads what the chain holds of answers.
func (w *world) answers() map[challenge.ID]*challenge.Answer {
	out := map[challenge.ID]*challenge.Answer{}
	for _, b := range w.Blocks {
		for _, tx := range b.Txs {
			if a, err := challenge.DecodeAnswer(tx); err == nil {
				out[a.Challenge] = a
			}
		}
	}
	return out
}

// TestChallenged: of two workers that signed a heartbeat, one refuses to answer
// on the chain: it is suspended, and the others go on. The other one answers
// whatever it is asked, and is not.
func TestChallenged(t *testing.T) {
	w := running(t)
	one, _, _, last := w.contest()
	until(w, 8, func(e ledger.HeartbeatSeen) bool { return e.Height == last })
	var beat, call uint64 // of the auction in which the order traded
	for h, held := range w.workers[0].shown {
		for _, a := range held.Auctions {
			for _, p := range a.Parties {
				if p.Secret.S == one.S && p.Outcome.Lots > 0 {
					beat, call = h, transcript.Call(a.Interval, 0)
				}
			}
		}
	}
	signers := w.signersOf(beat)
	if len(signers) < 2 {
		t.Fatalf("signed by %d", len(signers))
	}
	honest, rogue := signers[0], signers[1]
	w.refuses[rogue] = true

	chain := w.chronicle()
	claim := w.claim(chain, one)
	seed := fairness.KeySeed{3}
	stranger := transcript.Secret{Nullifier: w.Fresh(), S: w.Fresh()}
	thief := fairness.Ask(beat, call, claim.Secret(), seed.Public())
	thief.Right[0] ^= 1
	queries := []fairness.Query{
		fairness.Ask(beat, call, claim.Secret(), seed.Public()),
		fairness.Ask(beat, call, stranger, seed.Public()),
		fairness.Ask(beat, ^uint64(0), stranger, seed.Public()),
		thief,
	}
	var asked []challenge.ID
	for _, q := range queries {
		asked = append(asked, w.Challenge(w.workers[honest].keys.ID(), q))
	}
	unanswered := w.Challenge(w.workers[rogue].keys.ID(), queries[0])

	e := until(w, 20, always[ledger.WorkerSuspended])
	if e.Worker != w.workers[rogue].keys.ID() || e.Removed != e.Worker {
		t.Errorf("%+v", e)
	}
	if n := len(w.State.Workers()); n != 2 {
		t.Errorf("%d workers live", n)
	}

	// What the honest one said stands on the chain, and proves what it should.
	answers := w.answers()
	if len(answers) != len(queries) {
		t.Fatalf("%d answers to %d challenges", len(answers), len(queries))
	}
	h, _ := chain.Heartbeat(beat)
	for i, q := range queries {
		a, err := seed.Open(w.Genesis.ChainID, &q, answers[asked[i]].Sealed[:])
		if err != nil {
			t.Fatalf("query %d: %v", i, err)
		}
		if i == 3 {
			if a.Status != fairness.Denied {
				t.Errorf("a stranger was shown the order: %d", a.Status)
			}
			continue
		}
		secret := stranger
		if i == 0 {
			secret = claim.Secret()
		}
		seen, err := a.Verify(h, &q, secret, claim.Order.Terms.Side)
		if err != nil {
			t.Errorf("query %d: %v", i, err)
		}
		if i == 0 && (seen.Outcome == nil || seen.Outcome.Lots != 6) {
			t.Errorf("the order's outcome: %+v", seen.Outcome)
		}
	}

	// Whoever follows the chain knows who signed, who answered and who did not.
	told := w.chronicle()
	if n := len(told.Signers(beat)); n != len(signers) {
		t.Errorf("%d signers", n)
	}
	for i := range queries {
		x, ok := told.Challenge(asked[i])
		if !ok || x.Worker != w.workers[honest].keys.ID() || x.Suspended != 0 || !cmp.Equal(x.Answer, answers[asked[i]]) {
			t.Errorf("query %d: %+v", i, x)
		}
	}
	x, ok := told.Challenge(unanswered)
	if !ok || x.Worker != e.Worker || x.Answer != nil || x.Suspended != x.Until+1 || x.SuspendedUntil != e.Until {
		t.Errorf("%+v", x)
	}

	// The others go on, and it can't come back yet.
	w.Place("dan", chaintest.Terms(0, 8, 104))
	until(w, 20, func(e ledger.HeartbeatSeen) bool { return e.Height > last+8 })
	out, err := w.workers[rogue].Handle(&boundary.Enlist{Operator: chaintest.PublicKey(chaintest.Operator(rogue))})
	if err != nil || len(out.Messages) != 1 {
		t.Fatalf("%v, %v", out.Messages, err)
	}
	r, err := registry.DecodeWorker(out.Messages[0].(*boundary.Register).Unsigned)
	if err != nil {
		t.Fatal(err)
	}
	r.Sign(w.Genesis.ChainID, chaintest.Operator(rogue))
	if err := w.Submit(r.Encode()); !errors.Is(err, rejection.WorkerSuspended) {
		t.Errorf("%v", err)
	}
	for len(w.State.Suspensions()) > 0 {
		w.step()
	}
	w.refuses[rogue] = false
	if err := w.Submit(r.Encode()); err != nil {
		t.Errorf("after the suspension: %v", err)
	}
}

// TestAnswersAreSentAgain: an answer that was lost on its way is submitted again,
// while there is time.
func TestAnswersAreSentAgain(t *testing.T) {
	w := running(t)
	every := w.State.Params().HeartbeatBlocks
	beat := until(w, int(3*every), always[ledger.HeartbeatSeen]).Height
	i := w.signersOf(beat)[0]
	w.refuses[i] = true
	id := w.Challenge(w.workers[i].keys.ID(), fairness.Ask(beat, 0, transcript.Secret{Nullifier: w.Fresh(), S: w.Fresh()}, fairness.KeySeed{1}.Public()))
	until(w, 4, always[ledger.ChallengeAccepted])
	never[ledger.ChallengeAnswered](w, 5)
	w.refuses[i] = false
	if e := until(w, 6, always[ledger.ChallengeAnswered]); e.ID != id {
		t.Errorf("%+v", e)
	}
	w.step()
	if n := len(w.workers[i].replies); n != 0 {
		t.Errorf("%d answers are kept", n)
	}
	never[ledger.WorkerSuspended](w, int(w.State.Params().AnswerBlocks)+1)
}
