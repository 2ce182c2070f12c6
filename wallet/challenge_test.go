package wallet

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/protocol/challenge"
	"github.com/nightjar/nightjar/protocol/fairness"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/settlement"
	"github.com/nightjar/nightjar/protocol/transcript"
)

// beat lets the worker sign the newest heartbeat that is due.
func (w *world) beat() uint64 {
	w.Helper()
	every := w.genesis.Params.HeartbeatBlocks
	for w.height()%every != 0 {
		w.mine()
	}
	h := registry.Heartbeat{Height: w.height()}
	h.Signatures = w.signed(h.SignBytes(w.genesis.ChainID))
	w.mine(h.Encode())
	return h.Height
}

func (w *world) question(heartbeat uint64) (Question, fairness.KeySeed, transcript.Secret) {
	seed, secret := fairness.KeySeed{9}, transcript.Secret{Nullifier: field.FromUint64(4), S: field.FromUint64(5)}
	return Question{
		Worker: settlement.NewWorkerID(publicKey(w.worker)),
		Query:  fairness.Ask(heartbeat, 0, secret, seed.Public()),
	}, seed, secret
}

// TestChallenge: the ledger takes a wallet's challenge, its action pays the flat
// fee and no more, and the money reconciles. The ciphertexts and what is kept
// survive the disk.
func TestChallenge(t *testing.T) {
	w, seller, _ := book(t)
	d := seller.config.Store.(*drawer)
	w.fund(seller, hub, 100)
	q, seed, secret := w.question(w.beat())
	w.sync(seller)
	before := balance(seller, hub)
	asked := Asked{Question: q, Seed: seed, Secret: secret, Stake: &Stake{ID: ID{1}, Handling: order.Handling{Auctions: 2}}}
	asked.Stake.Order.Terms.Qty, asked.Stake.Order.S = 7, field.FromUint64(77)
	if err := seller.Keep(asked); err != nil {
		t.Fatal(err)
	}
	p, err := seller.PlanChallenge(q)
	if err != nil {
		t.Fatal(err)
	}
	file, err := p.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	read, err := DecodePlan(file)
	if d := cmp.Diff(p, read); err != nil || d != "" {
		t.Errorf("%v\n%s", err, d)
	}
	id := w.send(seller, p, nil)
	row := w.state.Challenges()
	if len(row) != 1 || row[0].ID != challenge.NewID(w.genesis.ChainID, q.Worker, &q.Query) || row[0].Worker != q.Worker || !row[0].Open {
		t.Fatalf("%+v", row)
	}
	if got := seller.State().entry(id); got.ID != id || got.Fee != w.genesis.Fee {
		t.Errorf("%+v", got)
	}
	after := balance(seller, hub)
	if before.Spendable+before.Maturing-w.genesis.Fee != after.Spendable+after.Maturing || len(seller.Outgoing()) != 0 {
		t.Errorf("before %+v, after %+v, %d outgoing", before, after, len(seller.Outgoing()))
	}
	if !seller.certain {
		t.Error("not held against the roots")
	}
	again := w.open("seller", d)
	if d := cmp.Diff([]Asked{asked}, again.Asked()); d != "" {
		t.Error(d)
	}
	if err := again.Forget(q); err != nil || len(w.open("seller", d).Asked()) != 0 {
		t.Errorf("still kept, %v", err)
	}
}

// TestChallengeIsSentAgain: what the network lost is sent again as the challenge
// that it was.
func TestChallengeIsSentAgain(t *testing.T) {
	w, seller, _ := book(t)
	w.fund(seller, hub, 100)
	q, _, _ := w.question(w.beat())
	w.sync(seller)
	p, err := seller.PlanChallenge(q)
	if err != nil {
		t.Fatal(err)
	}
	seller.config.Chain = mute{w}
	if _, err := seller.Send(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	seller = w.open("seller", seller.config.Store)
	w.skip(resubmit)
	w.sync(seller)
	if len(w.pool) != 1 || w.pool[0][0] != challenge.Kind {
		t.Fatalf("%d transactions", len(w.pool))
	}
	w.mine()
	if len(w.state.Challenges()) != 1 {
		t.Error("not asked")
	}
}

// TestExchangedQuestion: whoever has a plan's file can't have its signer ask
// something else, ask it with another action, or take the question out.
func TestExchangedQuestion(t *testing.T) {
	w, seller, _ := book(t)
	w.fund(seller, hub, 100)
	q, _, _ := w.question(w.beat())
	w.sync(seller)
	fresh := func() *Plan {
		p, err := seller.PlanChallenge(q)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	if err := fresh().Sign(account("seller"), nil); err != nil {
		t.Fatal(err)
	}
	for _, change := range map[string]func(*Plan){
		"query":    func(p *Plan) { p.Question.Query.Call++ },
		"worker":   func(p *Plan) { p.Question.Worker[0] ^= 1 },
		"taken":    func(p *Plan) { p.Question = nil },
		"disguise": func(p *Plan) { p.Question, p.Kind = nil, MergePlan },
		"kind":     func(p *Plan) { p.Kind = PullPlan },
	} {
		p := fresh()
		copied := *p.Question
		p.Question = &copied
		change(p)
		want(t, p.Sign(account("seller"), nil), rejection.BadPlan)
	}
	transfer, err := seller.PlanTransfer(coin, 5, account("x").Viewing().Address(0))
	if err != nil {
		t.Fatal(err)
	}
	transfer.Question = &q
	want(t, transfer.Sign(account("seller"), nil), rejection.BadPlan)

	// The signature holds for both or for neither.
	p := fresh()
	if _, err := seller.Send(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	w.pool = nil
	want(t, w.Submit(t.Context(), p.Action.Encode()), rejection.BadSpendSignature)
	if err := w.Submit(t.Context(), p.Tx()); err != nil {
		t.Error(err)
	}
}

// TestAskedIsBounded: the oldest question goes first.
func TestAskedIsBounded(t *testing.T) {
	w, seller, _ := book(t)
	for i := range uint64(maxAsked + 2) {
		q, _, _ := w.question(i)
		if err := seller.Keep(Asked{Question: q}); err != nil {
			t.Fatal(err)
		}
	}
	if a := seller.Asked(); len(a) != maxAsked || a[0].Query.Heartbeat != 2 {
		t.Errorf("%d kept", len(a))
	}
}
