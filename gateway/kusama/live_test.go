//go:build e2e

package kusama

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/nightjar/nightjar/e2e/gossamer"
	"github.com/nightjar/nightjar/gateway"
	"github.com/nightjar/nightjar/gateway/signer"
	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/external"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/state"
	"github.com/nightjar/nightjar/substrate/account"
	"github.com/nightjar/nightjar/substrate/chain"
	"github.com/nightjar/nightjar/substrate/extrinsic"
	"github.com/nightjar/nightjar/substrate/light"
	"github.com/nightjar/nightjar/substrate/rpc"
	"github.com/nightjar/nightjar/substrate/sr25519"
	"github.com/nightjar/nightjar/substrate/sr25519/devkey"
	"github.com/nightjar/nightjar/vault"
)

// unit is one token of the development chain.
const unit = 1_000_000_000_000

// patience bounds every wait for the node; it says nothing about its speed.
const patience = 10 * time.Minute

// live is a node, three signers of whom two are enough, and what the first one
// has read so far.
type live struct {
	*testing.T
	ctx      context.Context
	client   *rpc.Client
	adapters []*Adapter
	config   Config // the first one's
	signers  state.Signers
	custody  vault.Account
	alice    *sr25519.Key
	nonce    uint32 // of Alice's next extrinsic

	cursor vault.Cursor
	scans  []gateway.Scan
	watch  gateway.Watch
}

func newLive(t *testing.T) *live {
	ctx, cancel := context.WithTimeout(t.Context(), 25*time.Minute)
	t.Cleanup(cancel)
	build, err := gossamer.Build(ctx, "../../e2e", os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	node, err := gossamer.Start(ctx, build, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(node.Stop)
	l := &live{T: t, ctx: ctx}
	if l.client, err = rpc.New(node.URL); err != nil {
		t.Fatal(err)
	}
	genesis, ok, err := l.client.BlockHash(ctx, 0)
	if err != nil || !ok {
		t.Fatal("genesis: ", err)
	}
	checkpoint, err := chain.Trust(ctx, l.client, genesis)
	if err != nil {
		t.Fatal(err)
	}
	meta, err := l.client.Metadata(ctx, genesis)
	if err != nil {
		t.Fatal(err)
	}
	runtime, err := Describe(meta)
	if err != nil {
		t.Fatal(err)
	}
	if l.alice, err = devkey.Of("Alice"); err != nil {
		t.Fatal(err)
	}
	var keys []signer.Signer
	keys, l.signers = trio()
	for i, k := range keys {
		reader, err := chain.Open(chain.Config{
			Nodes: []chain.Node{l.client}, Checkpoint: checkpoint, Save: func(light.State) error { return nil },
			Report: func(host string, err error) { t.Log("reader", i, err) },
		})
		if err != nil {
			t.Fatal(err)
		}
		config := Config{
			Number: testChain, ChainID: testHub, Genesis: genesis, Prefix: account.Generic, Runtimes: []Runtime{runtime},
			Directory: t.TempDir(), MaxFee: amount.WideOf(unit), Chain: reader, Nodes: []Node{l.client}, Signer: k,
			Report: func(host string, err error) { t.Log("adapter", i, err) },
		}
		a, err := Open(ctx, config)
		if err != nil {
			t.Fatal(err)
		}
		l.adapters = append(l.adapters, a)
		if i == 0 {
			l.config = config
		}
	}
	if l.custody, err = l.adapters[0].Custody(l.signers); err != nil {
		t.Fatal(err)
	}
	l.watch = gateway.Watch{Custody: []vault.Account{l.custody}, Signers: l.signers.Keys}
	l.cursor = vault.Cursor{Hash: genesis}
	return l
}

// must unwraps what can't fail here.
func must[T any](l *live) func(T, error) T {
	return func(v T, err error) T {
		l.Helper()
		if err != nil {
			l.Fatal(err)
		}
		return v
	}
}

func (l *live) runtime() *extrinsic.Runtime { return l.adapters[0].codec.runtime }

// byAlice submits a call of Alice's and waits until it is final: the node does
// not order what is in its pool by nonces.
func (l *live) byAlice(call extrinsic.Call, err error) {
	l.Helper()
	if err != nil {
		l.Fatal(err)
	}
	id := l.alice.Account()
	era := must[extrinsic.Era](l)(extrinsic.NewEra(64, uint32(l.cursor.Number)))
	draft := must[extrinsic.Draft](l)(l.runtime().Draft(call, extrinsic.Terms{Signer: id, Nonce: l.nonce, Era: era, Birth: l.cursor.Hash}))
	l.nonce++
	signature := must[[64]byte](l)(l.alice.Sign(extrinsic.Digest(draft.Payload())))
	encoded := must[[]byte](l)(draft.Sr25519(signature))
	must[rpc.Hash](l)(l.client.Submit(l.ctx, encoded))
	l.watch.Attempts = [][32]byte{extrinsic.Hash(encoded)}
	s := l.until("an extrinsic of Alice's", func(s gateway.Scan) bool { return len(s.Included) > 0 })
	if !s.Included[0].OK {
		l.Fatal("it failed")
	}
	l.watch.Attempts = nil
}

// until reads final blocks until a condition holds for one of them.
func (l *live) until(what string, is func(gateway.Scan) bool) gateway.Scan {
	l.Helper()
	end := time.Now().Add(patience)
	for {
		s, ok, err := l.adapters[0].Next(l.ctx, l.cursor, l.watch)
		switch {
		case err != nil:
			l.Fatalf("%s: %v", what, err)
		case ok:
			l.cursor = vault.Cursor{Number: s.Number, Hash: s.Hash}
			l.scans = append(l.scans, s)
			if is(s) {
				l.Logf("block %d: %s", s.Number, what)
				return s
			}
			continue
		case time.Now().After(end):
			l.Fatalf("%s: not seen up to block %d", what, l.cursor.Number)
		}
		select {
		case <-l.ctx.Done():
			l.Fatal(l.ctx.Err())
		case <-time.After(500 * time.Millisecond):
		}
	}
}

// order asks signer i for an attempt of a job at its own newest final block.
func (l *live) order(i int, j vault.Job, form vault.Form, period uint64) (vault.Attempt, vault.Deferral, error) {
	l.Helper()
	at := must[vault.Cursor](l)(l.adapters[i].Head(l.ctx))
	return l.adapters[i].Prepare(l.ctx, vault.Order{Job: j, Number: 1, Form: form, At: at, Period: period})
}

// do has signer i do its part of a job, and waits until that is final.
func (l *live) do(i int, j vault.Job, form vault.Form) gateway.Scan {
	l.Helper()
	a, why, err := l.order(i, j, form, vault.JoinPeriod)
	if why != 0 || err != nil {
		l.Fatalf("job %d, form %d: deferred %d, %v", j.Kind, form, why, err)
	}
	l.watch.Attempts = [][32]byte{a.Hash}
	for range 2 { // a second time is harmless
		if err := l.adapters[i].Submit(l.ctx, a); err != nil {
			l.Fatal(err)
		}
	}
	s := l.until(fmt.Sprintf("the attempt of form %d for job %d", form, j.Kind), func(s gateway.Scan) bool { return len(s.Included) > 0 })
	if len(s.Included) != 1 || s.Included[0].Hash != a.Hash || s.Number > a.Until {
		l.Fatalf("%+v in block %d, valid up to %d", s.Included, s.Number, a.Until)
	}
	l.watch.Attempts = nil
	return s
}

// defers demands that an order has to wait for a reason.
func (l *live) defers(i int, j vault.Job, form vault.Form, want vault.Deferral) error {
	l.Helper()
	_, why, err := l.order(i, j, form, vault.JoinPeriod)
	if why != want {
		l.Errorf("job %d, form %d: deferred %d (%v), want %d", j.Kind, form, why, err, want)
	}
	return err
}

func (l *live) balance(of vault.Account) uint64 {
	l.Helper()
	w, err := l.adapters[0].Balance(l.ctx, nativeExternal, of, l.cursor)
	if err != nil || w.Hi != 0 {
		l.Fatal(w, err)
	}
	return w.Lo
}

// booked sums up what the scans say of an account.
func (l *live) booked(of vault.Account) uint64 {
	l.Helper()
	var total amount.Wide
	for _, s := range l.scans {
		for _, m := range s.Transfers {
			var ok = true
			if m.To == of {
				total, ok = total.Add(m.Amount)
			}
			if m.From == of && ok {
				total, ok = total.Sub(m.Amount)
			}
			if !ok {
				l.Fatalf("the books of %x in block %d", of, s.Number)
			}
		}
	}
	return total.Lo
}

// TestLive plays custody on a real node with real finality: both ways to pay in,
// a payout, a sweep, an anchor, and what has to wait or fails.
func TestLive(t *testing.T) {
	l := newLive(t)
	r := l.runtime()
	owner, other := element(testOwner), element(otherOwner)
	address := l.adapters[0].Deposit(l.custody, other)
	l.watch.Deposits = []vault.Account{address}
	l.until("the first block", func(gateway.Scan) bool { return true })

	// Fees for the signers and a deposit to an address; a deposit by remark.
	var fund []extrinsic.Call
	for _, a := range l.adapters {
		fund = append(fund, must[extrinsic.Call](l)(r.Transfer(idOf(a.Self()), amount.WideOf(10*unit))))
	}
	fund = append(fund, must[extrinsic.Call](l)(r.Transfer(idOf(address), amount.WideOf(20*unit))))
	l.byAlice(r.BatchAll(fund...))
	l.byAlice(r.BatchAll(
		must[extrinsic.Call](l)(r.Transfer(idOf(l.custody), amount.WideOf(50*unit+7))),
		must[extrinsic.Call](l)(r.Remark(external.Encode(network, external.Owner{C: owner})))))
	deposits := map[vault.Account]vault.Transfer{}
	for _, s := range l.scans {
		for _, m := range s.Transfers {
			deposits[m.To] = m
		}
	}
	if m := deposits[l.custody]; m.Owner == nil || *m.Owner != owner || m.Amount != amount.WideOf(50*unit+7) {
		t.Fatalf("by remark: %+v", m)
	}
	if m := deposits[address]; m.Owner != nil || m.Amount != amount.WideOf(20*unit) {
		t.Fatalf("by address: %+v", m)
	}
	l.until("the latest block", func(s gateway.Scan) bool { return s.Latest })

	// A payout: one opens, a second one joins, it is executed; nothing twice.
	pay := payout()
	pay.Generation, pay.Custody, pay.From, pay.To = l.signers, l.custody, l.custody, depositor
	pay.Amount = amount.WideOf(3 * unit)
	call := must[[32]byte](l)(l.adapters[2].Call(pay))
	l.defers(1, pay, vault.Join, vault.DeferState)
	s := l.do(0, pay, vault.Open)
	if len(s.Steps) != 1 || s.Steps[0].Stage != vault.Opened || s.Steps[0].Call != call || s.Steps[0].By != l.adapters[0].Self() {
		t.Fatalf("%+v", s.Steps)
	}
	l.defers(1, pay, vault.Open, vault.DeferState)
	l.defers(0, pay, vault.Join, vault.DeferState) // it approved already: one signer is not two
	if got := l.balance(depositor); got != 0 {
		t.Fatalf("one of two signers paid %d", got)
	}
	s = l.do(1, pay, vault.Join)
	if len(s.Steps) != 1 || s.Steps[0].Stage != vault.Executed || s.Steps[0].Call != call {
		t.Fatalf("%+v", s.Steps)
	}
	if got := l.balance(depositor); got != 3*unit {
		t.Fatalf("paid %d", got)
	}

	// A sweep of the deposit address.
	sweep := vault.Job{JobID: vault.JobID{Kind: vault.Sweep, Ref: [32]byte{8}}, Generation: l.signers, Custody: l.custody,
		From: address, Owner: &other, To: l.custody, External: nativeExternal}
	l.do(1, sweep, vault.Open)
	s = l.do(2, sweep, vault.Join)
	if len(s.Steps) != 1 || s.Steps[0].Stage != vault.Executed || len(s.Transfers) != 1 || s.Transfers[0].From != address {
		t.Fatalf("%+v", s)
	}
	if got := l.balance(address); got != 0 {
		t.Errorf("%d is left at the address", got)
	}

	// An anchor.
	content := external.Anchor{Height: 77, App: [32]byte{1}, Validators: [32]byte{2}}
	s = l.do(2, vault.Job{JobID: vault.JobID{Kind: vault.Anchor}, Remark: external.Encode(network, content)}, vault.Plain)
	if len(s.Anchors) != 1 || s.Anchors[0].Height != 77 || s.Anchors[0].By != quorum.Key(l.adapters[2].Self()) {
		t.Errorf("%+v", s.Anchors)
	}

	l.fails(pay)

	// The books and the chain agree to the unit, and a block that is over says
	// the same again.
	for _, a := range []vault.Account{l.custody, address} {
		if got, want := l.booked(a), l.balance(a); got != want {
			t.Errorf("the books of %x say %d, the chain %d", a, got, want)
		}
	}
	if got, want := l.balance(l.custody), uint64(67*unit+7); got != want {
		t.Errorf("custody holds %d, want %d", got, want)
	}
	again, ok, err := l.adapters[0].Look(l.ctx, s.Hash, l.watch)
	if err != nil || !ok || len(again.Anchors) != 1 {
		t.Errorf("%+v, %v, %v", again, ok, err)
	}
	if _, ok, _ := l.adapters[0].Look(l.ctx, [32]byte{1}, l.watch); ok {
		t.Error("a block that is not there is final")
	}
	if _, _, err := l.adapters[0].Next(l.ctx, vault.Cursor{Number: l.cursor.Number - 1, Hash: [32]byte{1}}, l.watch); !errors.Is(err, rejection.FinalityBroken) {
		t.Errorf("a cursor that is not on the chain: %v", err)
	}
}

// fails plays what has to wait, and what fails on the chain.
func (l *live) fails(pay vault.Job) {
	l.Helper()
	more := pay
	more.Ref[0]++

	// A fee above the limit.
	spiked := l.config
	spiked.MaxFee = amount.WideOf(1)
	a := must[*Adapter](l)(Open(l.ctx, spiked))
	first := l.adapters[0]
	l.adapters[0] = a
	if err := l.defers(0, more, vault.Open, vault.DeferFee); !errors.Is(err, rejection.FeeSpike) {
		l.Errorf("a fee above the limit: %v", err)
	}
	l.adapters[0] = first

	// More than custody has.
	most := more
	most.Amount = amount.WideOf(1000 * unit)
	if err := l.defers(0, most, vault.Open, vault.DeferFunds); !errors.Is(err, rejection.FundsMissing) {
		l.Errorf("more than there is: %v", err)
	}

	// An era that is over: the attempt can't be included any more.
	l.until("the latest block", func(s gateway.Scan) bool { return s.Latest })
	old, why, err := l.order(0, more, vault.Open, extrinsic.MinPeriod)
	if why != 0 || err != nil {
		l.Fatalf("deferred %d, %v", why, err)
	}
	l.watch.Attempts = [][32]byte{old.Hash}
	end := l.until("the end of an era", func(s gateway.Scan) bool { return s.Number >= old.Until })
	if err := l.adapters[0].Submit(l.ctx, old); err != nil {
		l.Fatal(err)
	}
	l.until("two blocks more", func(s gateway.Scan) bool { return s.Number >= end.Number+2 })
	for _, s := range l.scans {
		if len(s.Included) > 0 && s.Included[0].Hash == old.Hash {
			l.Errorf("included in block %d after its era", s.Number)
		}
	}
	l.watch.Attempts = nil

	// A payment below what an account has to hold: executed, and failed as a
	// whole, so that it moves nothing.
	small := more
	small.To, small.Amount = stranger, amount.WideOf(1)
	l.do(0, small, vault.Open)
	s := l.do(1, small, vault.Join)
	if len(s.Steps) != 1 || s.Steps[0].Stage != vault.Failed || len(s.Transfers) != 0 {
		l.Errorf("%+v", s)
	}

	// Another runtime than the accepted one: nothing is read, nothing signed.
	other := l.config
	other.Runtimes = slices.Clone(other.Runtimes)
	other.Runtimes[0].SpecVersion++
	if _, err := Open(l.ctx, other); !errors.Is(err, rejection.WrongMetadata) {
		l.Errorf("another runtime: %v", err)
	}
	// Metadata that the operator did not accept.
	other.Runtimes[0] = l.config.Runtimes[0]
	other.Runtimes[0].Metadata[0] ^= 1
	other.Directory = filepath.Join(l.TempDir())
	if _, err := Open(l.ctx, other); !errors.Is(err, rejection.WrongMetadata) {
		l.Errorf("other metadata: %v", err)
	}
}
