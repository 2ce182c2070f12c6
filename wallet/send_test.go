package wallet

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
)

var errPower = errors.New("power cut")

// brittle is a Store that stops the machine at one of its saves: before the
// save reached the disk, or after it did and before anyone was told.
type brittle struct {
	drawer
	stop  int
	after bool
}

func (b *brittle) Save(data []byte) error {
	if b.saves+1 != b.stop {
		return b.drawer.Save(data)
	}
	if b.after {
		b.drawer.Save(data)
	}
	b.stop = 0
	return errPower
}

// mute is a network that takes transactions and loses them.
type mute struct{ *world }

func (m mute) Submit(context.Context, []byte) error { return errors.New("connection refused") }

// TestPowerCut stops a wallet at each save of a run that places an order and
// withdraws, in both ways, and goes on with what is on the disk. In the end
// both are done, once, and nothing is lost.
func TestPowerCut(t *testing.T) {
	ctx := context.Background()
	for stop := 1; stop <= 12; stop++ {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d/%v", stop, after), func(t *testing.T) {
				w := newWorld(t).withBook()
				w.fund(w.wallet("a"), coin, 10_000) // another copy of the phrase
				w.fund(w.wallet("a"), hub, 100)
				d := &brittle{stop: stop, after: after}
				w.auto = true
				step := 0
				for crashes := 0; step < 3; {
					err := func() error {
						key := account("a")
						x, err := Open(Config{View: key.Viewing(), Network: "njd", Terms: w.terms(), Chain: w, Store: d,
							Random: rand.Reader, Poll: time.Millisecond, Prover: new(checking), Spending: &key, Guard: w.pins()})
						if err != nil {
							return err
						}
						for range 3 { // whatever was under way ends first
							if _, err := x.Sync(ctx); err != nil {
								return err
							}
						}
						for _, o := range x.Outgoing() {
							if _, err := x.Wait(ctx, o.ID); err != nil {
								return err
							}
						}
						if step == 0 && len(x.State().Orders) == 0 {
							p, err := x.PlanOrder(terms(order.Sell, 300, 5), order.Handling{})
							if err != nil {
								return err
							}
							id, err := x.Send(ctx, p)
							if err != nil {
								return err
							}
							if _, err := x.Wait(ctx, id); err != nil {
								return err
							}
						}
						step = 1
						if len(x.State().Claims) == 0 {
							for range 2 {
								if _, err := x.Sync(ctx); err != nil {
									return err
								}
							}
							p, err := x.PlanWithdraw(coin, 0, recipient(t), x.State().Orders[0])
							if err != nil {
								return err
							}
							if _, err := x.Send(ctx, p); err != nil {
								return err
							}
							return nil // come back for the rest
						}
						step = 3
						return nil
					}()
					if err != nil {
						if crashes++; !errors.Is(err, errPower) || crashes > 1 {
							t.Fatal(err)
						}
					}
				}
				x := w.open("a", d)
				w.sync(x)
				s := x.State()
				if len(s.Orders) != 1 || len(s.Claims) != 1 || len(x.Outgoing()) != 0 {
					t.Fatalf("%d orders, %d claims, %d outgoing", len(s.Orders), len(s.Claims), len(x.Outgoing()))
				}
				if got := balance(x, coin); got.Claims+got.Spendable+got.Maturing != 10_000-3 {
					t.Errorf("%+v", got)
				}
			})
		}
	}
}

// TestLostByTheNetwork: an action that no node has taken is submitted again.
func TestLostByTheNetwork(t *testing.T) {
	ctx := context.Background()
	w, seller, _ := book(t)
	seller.config.Chain = mute{w}
	p, err := seller.PlanTransfer(coin, 5, account("x").Viewing().Address(0))
	if err != nil {
		t.Fatal(err)
	}
	id, err := seller.Send(ctx, p)
	if err != nil || len(seller.Outgoing()) != 1 {
		t.Fatalf("%v, %d outgoing", err, len(seller.Outgoing()))
	}
	// What it spends is taken, for the wallet too.
	_, err = seller.PlanTransfer(coin, 5, account("x").Viewing().Address(0))
	want(t, err, rejection.NotEnoughFunds)
	for _, b := range seller.Balances() {
		if b.Asset == coin && (b.Spendable != 0 || b.Leaving == 0) {
			t.Errorf("what is on its way shows as %+v", b)
		}
	}
	// The same plan again is not a second action; another one is a conflict.
	if again, err := seller.Submit(ctx, p); err != nil || again != id || len(seller.Outgoing()) != 1 {
		t.Fatal(err)
	}
	other := *p
	action := *p.Action
	action.Epoch++
	other.Action = &action
	_, err = seller.Submit(ctx, &other)
	want(t, err, rejection.WalletConflict)

	seller.config.Chain = w
	w.skip(resubmit)
	w.sync(seller) // submits
	w.skip(3)
	w.sync(seller)
	if len(seller.Outgoing()) != 0 || seller.State().entry(id).Kind != SendEntry {
		t.Error("not submitted again")
	}
}

// TestRefusedByTheNetwork: a refused action leaves no trace.
func TestRefusedByTheNetwork(t *testing.T) {
	ctx := context.Background()
	_, seller, _ := book(t)
	p, err := seller.PlanTransfer(coin, 5, account("x").Viewing().Address(0))
	if err != nil {
		t.Fatal(err)
	}
	_, err = seller.Submit(ctx, p)
	want(t, err, rejection.BadPlan) // neither proven nor signed
	if err := p.Prove(seller.config.Prover, seller.config.View.ProverKey); err != nil {
		t.Fatal(err)
	}
	if err := p.Sign(*seller.config.Spending, nil); err != nil {
		t.Fatal(err)
	}
	p.Action.Signature[63] ^= 1
	_, err = seller.Submit(ctx, p)
	want(t, err, rejection.BadSpendSignature)
	if len(seller.Outgoing()) != 0 || balance(seller, coin).Spendable != 1_000_000 {
		t.Error("a refused action left a trace")
	}
}

// TestStaleAnchor: an action that no block takes while its anchor lives gives
// its notes back.
func TestStaleAnchor(t *testing.T) {
	w, seller, _ := book(t)
	seller.config.Chain = mute{w}
	p, err := seller.PlanTransfer(coin, 5, account("x").Viewing().Address(0))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := seller.Send(context.Background(), p); err != nil {
		t.Fatal(err)
	}
	w.skip(int(w.genesis.Constants.Anchors*w.genesis.Constants.AnchorInterval) + 1)
	notices := w.sync(seller)
	if len(notices) != 1 {
		t.Fatalf("%d notices", len(notices))
	}
	want(t, notices[0].Err, rejection.UnknownAnchor)
	if _, err := seller.PlanTransfer(coin, 5, account("x").Viewing().Address(0)); err != nil {
		t.Error(err)
	}
}

// TestTwoCopies: two wallets of one phrase race; one action lands, the other
// wallet learns it.
func TestTwoCopies(t *testing.T) {
	ctx := context.Background()
	w, seller, _ := book(t)
	twin := w.wallet("seller")
	w.sync(twin)
	to := account("x").Viewing().Address(0)
	var ids []ID
	for _, x := range []*Wallet{seller, twin} {
		p, err := x.PlanTransfer(coin, 5, to)
		if err != nil {
			t.Fatal(err)
		}
		id, err := x.Send(ctx, p)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	w.skip(4)
	a, b := w.sync(seller), w.sync(twin)
	if len(a) != 0 || len(b) != 1 || b[0].ID != ids[1] {
		t.Fatalf("%+v %+v", a, b)
	}
	want(t, b[0].Err, rejection.NullifierSpent)
}

// TestMakeMerges brings the notes of 100 fills into one order, in each of the
// three ways a fee can be paid.
func TestMakeMerges(t *testing.T) {
	ctx := context.Background()
	for _, c := range []struct {
		name  string
		fee   uint64
		asset uint32
		side  order.Side
	}{
		{"fee in another asset", 10, coin, order.Sell},
		{"no fee", 0, coin, order.Sell},
		{"fee in the same asset", 10, hub, order.Buy},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := testGenesis()
			g.Fee = c.fee
			w := newWorldOf(t, g, believe{}).withBook()
			x := w.wallet("a")
			var txs [][]byte
			for i := range 100 {
				txs = append(txs, w.deposit(c.asset, 1000, x.State().DepositOwner(uint64(i%5))).Encode())
			}
			w.mine(txs...)
			w.fund(x, hub, 5000) // one note to pay all fees from
			w.auto = true
			q := terms(c.side, 1000, 100)
			if c.side == order.Buy {
				q = terms(c.side, 990, 100)
			}
			merges := 0
			p, err := x.Make(ctx, func() (*Plan, error) { return x.PlanOrder(q, order.Handling{}) }, func(ID) { merges++ })
			if err != nil {
				t.Fatalf("after %d merges at %d: %v", merges, w.height(), err)
			}
			id, err := x.Send(ctx, p)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := x.Wait(ctx, id); err != nil {
				t.Fatal(err)
			}
			t.Logf("%d merges in %d blocks", merges, w.height())
			if len(x.State().Orders) != 1 {
				t.Error("no order")
			}
		})
	}
}

// TestMakeGivesUp: merging does not go on for ever when the money is not there.
func TestMakeGivesUp(t *testing.T) {
	w := newWorld(t).withBook()
	x := w.wallet("a")
	w.fund(x, coin, 10, 10, 10, 10)
	w.auto = true
	_, err := x.Make(context.Background(), func() (*Plan, error) {
		return x.PlanTransfer(coin, 40, account("x").Viewing().Address(0))
	}, nil)
	want(t, err, rejection.NotEnoughFunds) // nothing pays the fee
	_, err = x.Make(context.Background(), func() (*Plan, error) {
		return x.PlanTransfer(coin, 41, account("x").Viewing().Address(0))
	}, nil)
	want(t, err, rejection.NotEnoughFunds)
}

// TestMakeWaitsForAnOrder: an order that was just placed can be taken back at
// once; the wallet waits for the anchor that covers it. It does not wait for
// an order that another action of its own already spends.
func TestMakeWaitsForAnOrder(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t).withBook()
	x := w.wallet("a")
	w.fund(x, coin, 10_000)
	w.fund(x, hub, 1000)
	interval := w.genesis.Constants.AnchorInterval
	p, err := x.PlanOrder(terms(order.Sell, 300, 5), order.Handling{})
	if err != nil {
		t.Fatal(err)
	}
	for (w.height()+1+w.genesis.Constants.ExecutionDelay)%interval == 0 {
		w.mine() // it shall be executed between two anchors
	}
	if _, err := x.Send(ctx, p); err != nil {
		t.Fatal(err)
	}
	w.skip(1 + int(w.genesis.Constants.ExecutionDelay))
	w.sync(x)
	o := x.State().Orders[0]
	_, err = x.PlanCancel(o)
	want(t, err, rejection.WalletConflict)
	w.auto = true
	cancel := func() (*Plan, error) { return x.PlanCancel(o) }
	if p, err = x.Make(ctx, cancel, nil); err != nil {
		t.Fatal(err)
	}
	id, err := x.Send(ctx, p)
	if err != nil {
		t.Fatal(err)
	}
	_, err = x.Make(ctx, cancel, nil)
	want(t, err, rejection.WalletConflict)
	if _, err := x.Wait(ctx, id); err != nil || o.Status != Cancelled {
		t.Fatalf("%s %v", o.Status, err)
	}
}

// TestLieInTheMiddle: a long sync saves on its way before it can know whether
// the node lied. When that shows at the end, the wallet reads the chain again
// from its start, from whoever is honest then.
func TestLieInTheMiddle(t *testing.T) {
	w, seller, buyer := book(t)
	sell := w.place(seller, terms(order.Sell, 300, 500))
	buy := w.place(buyer, terms(order.Buy, 320, 700))
	w.mine(w.match(100, 310, buy, sell).Encode())
	lie := w.height()
	w.skip(checkpoint)
	w.garble = func(b *Block) *Block {
		if b.Height != lie {
			return b
		}
		c := *b
		c.Groups = []Group{{Auction: b.Groups[0].Auction, Fee: b.Groups[0].Fee, First: b.Groups[0].First}}
		for _, l := range b.Groups[0].Legs {
			l.Nullifier = l.Remainder
			c.Groups[0].Legs = append(c.Groups[0].Legs, l)
		}
		return &c
	}
	x := w.wallet("buyer")
	_, err := x.Sync(context.Background())
	want(t, err, rejection.BadBlock)
	w.garble = nil
	w.sync(x)
	if len(x.State().Fills) != 1 || x.State().Height != w.height() {
		t.Errorf("%d fills at %d", len(x.State().Fills), x.State().Height)
	}
}
