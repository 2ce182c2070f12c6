package wallet

import (
	"context"
	"testing"

	"github.com/nightjar/nightjar/circuit/keystore"
	"github.com/nightjar/nightjar/circuit/prove"
	"github.com/nightjar/nightjar/internal/testkit/cpu"
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// realWorld is a world with the real verifier, and the prover for it.
func realWorld(t testing.TB) (*world, *prove.Prover) {
	t.Helper()
	dir, err := keystore.Dir()
	if err != nil {
		t.Fatal(err)
	}
	prover, err := keystore.Open(dir, nil, prove.Names()...)
	if err != nil {
		t.Fatal(err)
	}
	g := testGenesis()
	own := prover.Keys()
	g.Keys = ledger.DevelopmentKeys(own)
	return newWorldOf(t, g, ledger.Verifier{}), prover
}

// loaded is a prover as a wallet takes it.
type loaded struct{ *prove.Prover }

func (l loaded) Key() ([32]byte, error) { return l.Keys().Action.Hash(), nil }

// TestRealProofs runs a transfer, an order, a replace, a cancel and a
// withdrawal from an order with real keys, real proofs and the ledger's real
// verifier.
func TestRealProofs(t *testing.T) {
	w, prover := realWorld(t)
	w.withBook()
	x := w.wallet("a")
	x.config.Prover = loaded{prover}
	w.fund(x, coin, 700_000, 300_000)
	w.fund(x, hub, 100)

	p, err := x.PlanTransfer(coin, 900_000, account("b").Viewing().Address(0))
	w.send(x, p, err)
	p, err = x.PlanOrder(terms(order.Sell, 300, 50), order.Handling{})
	w.send(x, p, err)
	p, err = x.PlanReplace(x.State().Orders[0], terms(order.Sell, 310, 90), order.Handling{})
	w.send(x, p, err)
	p, err = x.PlanCancel(x.State().Orders[1])
	w.send(x, p, err)
	p, err = x.PlanOrder(terms(order.Sell, 300, 50), order.Handling{})
	w.send(x, p, err)
	p, err = x.PlanWithdraw(coin, 0, recipient(t), x.State().Orders[2])
	w.send(x, p, err)
	if got := balance(x, coin); got.Spendable != 50_000 || got.Claims != 50_000-3 {
		t.Errorf("%+v", got)
	}

	// A proof of one plan is worth nothing for another.
	p, err = x.PlanTransfer(coin, 5, account("b").Viewing().Address(0))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Prove(loaded{prover}, x.config.View.ProverKey); err != nil {
		t.Fatal(err)
	}
	stolen := p.Action.Proof
	if p, err = x.PlanTransfer(coin, 6, account("b").Viewing().Address(0)); err != nil {
		t.Fatal(err)
	}
	p.Action.Proof = stolen
	if err := p.Sign(*x.config.Spending, nil); err != nil {
		t.Fatal(err)
	}
	_, err = x.Submit(context.Background(), p)
	want(t, err, rejection.BadProof)
}

// BenchmarkMerge brings 100 notes into one order, with real proofs, in an asset
// that does not pay fees, from one note that does: the worst case.
func BenchmarkMerge(b *testing.B) {
	ctx := context.Background()
	for b.Loop() {
		b.StopTimer()
		w, prover := realWorld(b)
		w.withBook()
		x := w.wallet("a")
		x.config.Prover = loaded{prover}
		var txs [][]byte
		for i := range 100 {
			txs = append(txs, w.deposit(coin, 1000, x.State().DepositOwner(uint64(i%5))).Encode())
		}
		w.mine(txs...)
		w.fund(x, hub, 5000)
		w.auto = true
		before := cpu.Now()
		b.StartTimer()
		p, err := x.Make(ctx, func() (*Plan, error) { return x.PlanOrder(terms(order.Sell, 300, 100), order.Handling{}) }, nil)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := x.Send(ctx, p); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric((cpu.Now() - before).Seconds(), "cpu-s/100-notes")
	}
}
