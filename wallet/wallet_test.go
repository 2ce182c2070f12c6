package wallet

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
)

func want(t testing.TB, err error, code rejection.Code) {
	t.Helper()
	if !errors.Is(err, code) {
		t.Fatalf("got %v, want %s", err, code.Name())
	}
}

// book returns two wallets with money: a seller of coin and a buyer with hub.
func book(t testing.TB) (w *world, seller, buyer *Wallet) {
	w = newWorld(t).withBook()
	seller, buyer = w.wallet("seller"), w.wallet("buyer")
	w.fund(seller, coin, 1_000_000)
	w.fund(seller, hub, 1000)
	w.fund(buyer, hub, 500_000, 500_000)
	return w, seller, buyer
}

// place places an order and returns it.
func (w *world) place(x *Wallet, t order.Terms) *Order {
	w.Helper()
	p, err := x.PlanOrder(t, order.Handling{})
	w.send(x, p, err)
	return x.State().Orders[len(x.State().Orders)-1]
}

func TestTransfer(t *testing.T) {
	w := newWorld(t)
	a, b := w.wallet("a"), w.wallet("b")
	w.fund(a, coin, 700, 300)
	w.fund(a, hub, 100)
	to, err := b.NewAddress()
	if err != nil {
		t.Fatal(err)
	}
	p, err := a.PlanTransfer(coin, 900, to)
	w.send(a, p, err)
	w.sync(b)
	if got := balance(a, coin); got.Spendable != 100 || got.Maturing+got.Leaving != 0 {
		t.Errorf("sender: %+v", got)
	}
	if got := balance(a, hub).Spendable; got != 90 {
		t.Errorf("sender's fee change: %d", got)
	}
	if got := balance(b, coin).Spendable; got != 900 {
		t.Errorf("receiver: %d", got)
	}
	sent, received := a.State().History[len(a.State().History)-1], b.State().History[0]
	if sent.Kind != SendEntry || sent.Amount != 900 || sent.Fee != 10 || sent.To != to.Format(keys.Development) {
		t.Errorf("sent: %+v", sent)
	}
	if received.Kind != ReceiveEntry || received.Amount != 900 || received.ID != sent.ID {
		t.Errorf("received: %+v", received)
	}
	if next, _ := b.NewAddress(); next == to {
		t.Error("an address was handed out twice")
	}
}

func TestOrderLife(t *testing.T) {
	w, seller, buyer := book(t)
	sell := w.place(seller, terms(order.Sell, 300, 500))
	buy := w.place(buyer, terms(order.Buy, 320, 700))
	if sell.Status != Resting || balance(seller, coin).Orders != 500_000 || balance(buyer, hub).Orders != 700*321 {
		t.Fatalf("%+v %+v %+v", sell, balance(seller, coin), balance(buyer, hub))
	}

	// Matched, pending; then settled: the sell is filled, the buy in part.
	s := w.match(500, 310, buy, sell)
	w.sync(seller)
	w.sync(buyer)
	if buy.Status != Matched || len(buyer.State().Fills) != 0 {
		t.Fatalf("after the lock: %s, %d fills", buy.Status, len(buyer.State().Fills))
	}
	if _, err := buyer.PlanCancel(buy); !errors.Is(err, rejection.NullifierLocked) {
		t.Errorf("cancel of a matched order: %v", err)
	}
	w.mine(s.Encode())
	w.mature(seller)
	w.mature(buyer)
	fee := uint64(500 * 310 * 5 / 10000)
	if sell.Status != Filled || balance(seller, hub).Spendable != 990+500*310-fee {
		t.Errorf("seller: %s %+v", sell.Status, balance(seller, hub))
	}
	got := buyer.State().Fills[0]
	wantFill := Fill{
		Order: buy.ID, Height: got.Height, Auction: s.Height, Market: mkt, Side: order.Buy,
		Lots: 500, Price: 310, FeeBp: 5, Fee: fee, Base: 500_000, Quote: 500*310 + fee, Refund: 500*321 - 500*310 - fee, Left: 200,
	}
	if d := cmp.Diff(wantFill, got); d != "" {
		t.Error(d)
	}
	if buy.Status != Resting || buy.Filled != 500 || balance(buyer, coin).Spendable != 500_000 || balance(buyer, hub).Orders != 200*321 {
		t.Errorf("buyer: %+v", buy)
	}

	// What is left can be replaced, and the replacement cancelled.
	p, err := buyer.PlanReplace(buy, terms(order.Buy, 330, 100), order.Handling{})
	w.send(buyer, p, err)
	next := buyer.State().Orders[1]
	if buy.Status != Replaced || buy.Successor != next.ID || next.Order.Value != 100*331 {
		t.Errorf("replaced: %+v", next)
	}
	before := balance(buyer, hub).Spendable
	p, err = buyer.PlanCancel(next)
	w.send(buyer, p, err)
	if next.Status != Cancelled || balance(buyer, hub).Spendable != before+100*331-10 {
		t.Errorf("cancelled: %s %d", next.Status, balance(buyer, hub).Spendable)
	}
	if _, err := buyer.PlanCancel(next); !errors.Is(err, rejection.UnknownOrder) {
		t.Errorf("cancel twice: %v", err)
	}
}

// TestTreasury: the treasury finds the fees of settlements and the flat fees
// that the ledger paid out, and can spend both.
func TestTreasury(t *testing.T) {
	w, seller, buyer := book(t)
	sell := w.place(seller, terms(order.Sell, 300, 500))
	buy := w.place(buyer, terms(order.Buy, 320, 700))
	w.mine(w.match(500, 310, buy, sell).Encode())
	w.skip(int(w.genesis.Constants.FeeInterval))
	x := w.wallet("treasury")
	w.sync(x)
	w.mature(x)
	const fees = 2*(500*310*5/10000) + 2*10
	if got := balance(x, hub).Spendable; got != fees {
		t.Fatalf("the treasury has %d, want %d", got, fees)
	}
	p, err := x.PlanWithdraw(hub, fees-20, recipient(t), nil)
	w.send(x, p, err)
	if got := balance(x, hub); got != (Balance{Asset: hub, Claims: fees - 20}) {
		t.Errorf("%+v", got)
	}
}

// TestExitFromOrder: a trader without any of the fee asset, and with no epoch
// key to seal to, takes everything out of a resting order.
func TestExitFromOrder(t *testing.T) {
	w, seller, _ := book(t)
	p, err := seller.PlanTransfer(hub, 980, account("x").Viewing().Address(0))
	w.send(seller, p, err)
	o := w.place(seller, terms(order.Sell, 300, 1000))
	if _, err := seller.PlanCancel(o); !errors.Is(err, rejection.NotEnoughFunds) {
		t.Fatalf("a cancel without the fee: %v", err)
	}
	seller.config.Guard = nil // the enclaves are gone: nothing vouches for them
	p, err = seller.PlanWithdraw(coin, 0, recipient(t), o)
	w.send(seller, p, err)
	if o.Status != Cancelled || balance(seller, coin) != (Balance{Asset: coin, Claims: 1_000_000 - 3}) {
		t.Errorf("%s %+v", o.Status, balance(seller, coin))
	}
	c := seller.State().Claims[0]
	if c.Status != ClaimOpen || c.Amount != 1_000_000-3 {
		t.Errorf("%+v", c)
	}

	// The external payment fails: the claim comes back, once, and is money.
	w.mine(w.closing(c.ID, custody.Returned).Encode())
	w.mature(seller)
	if c.Status != ClaimReturned || balance(seller, coin).Spendable != 1_000_000-3 {
		t.Errorf("returned: %s %+v", c.Status, balance(seller, coin))
	}
	p, err = seller.PlanWithdraw(coin, 5000, recipient(t), nil)
	w.send(seller, p, err)
	w.mine(w.closing(seller.State().Claims[1].ID, custody.Paid).Encode())
	w.sync(seller)
	if got := seller.State().Claims[1].Status; got != ClaimPaid {
		t.Errorf("paid: %s", got)
	}
}

func TestBust(t *testing.T) {
	w, seller, buyer := book(t)
	sell := w.place(seller, terms(order.Sell, 300, 500))
	buy := w.place(buyer, terms(order.Buy, 320, 700))
	w.match(500, 310, buy, sell)
	w.sync(buyer)
	if buy.Status != Matched {
		t.Fatal(buy.Status)
	}
	w.skip(int(w.genesis.Params.LockBlocks) + 1)
	w.mature(buyer)
	if last := buyer.State().History[len(buyer.State().History)-1]; buy.Status != Resting || last.Kind != BustEntry {
		t.Fatalf("%s %+v", buy.Status, last)
	}
	p, err := buyer.PlanCancel(buy)
	w.send(buyer, p, err)
	if buy.Status != Cancelled {
		t.Errorf("after the exit window: %s", buy.Status)
	}
}

// TestDropped: a lock of an auction before the cancel's block wins; the cancel
// is dropped whole, nothing is lost, and the same cancel works later.
func TestDropped(t *testing.T) {
	w, seller, buyer := book(t)
	sell := w.place(seller, terms(order.Sell, 300, 500))
	buy := w.place(buyer, terms(order.Buy, 320, 700))
	w.skip(int(w.genesis.Params.RestBlocks))
	w.sync(buyer)
	before := balance(buyer, hub)
	p, err := buyer.PlanCancel(buy)
	if err != nil {
		t.Fatal(err)
	}
	id, err := buyer.Send(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	lock, s := w.auction(500, 310, buy, sell)
	w.mine() // admits the cancel
	w.sync(buyer)
	if buy.Status != Leaving {
		t.Fatal(buy.Status)
	}
	w.mine(lock)
	w.skip(2)
	notices := w.sync(buyer)
	if len(notices) != 1 || notices[0].ID != id {
		t.Fatalf("notices: %+v", notices)
	}
	want(t, notices[0].Err, rejection.NullifierLocked)
	if buy.Status != Matched || len(buyer.Outgoing()) != 0 {
		t.Fatalf("%s, %d outgoing", buy.Status, len(buyer.Outgoing()))
	}
	w.mine(s.Encode())
	w.mature(buyer)
	if got := balance(buyer, hub); buy.Status != Resting || got.Spendable <= before.Spendable {
		t.Fatalf("%s %+v", buy.Status, got)
	}
	p, err = buyer.PlanCancel(buy)
	w.send(buyer, p, err)
}

func TestInstructions(t *testing.T) {
	w, _, buyer := book(t)
	buy := w.place(buyer, terms(order.Buy, 320, 700))
	for _, plan := range []func() (*Plan, error){
		func() (*Plan, error) { return buyer.PlanPull(buy) },
		buyer.PlanPullAll,
		func() (*Plan, error) { return buyer.PlanHeartbeat(20) },
	} {
		p, err := plan()
		w.send(buyer, p, err)
	}
	if buy.Status != Resting {
		t.Errorf("a soft cancel touched the order on chain: %s", buy.Status)
	}
	_, err := buyer.PlanHeartbeat(0)
	want(t, err, rejection.BadAmount)
}

// TestGuard: nothing is sealed to enclaves that are not vouched for.
func TestGuard(t *testing.T) {
	w, seller, _ := book(t)
	refused := func(code rejection.Code) {
		t.Helper()
		_, err := seller.PlanOrder(terms(order.Sell, 300, 500), order.Handling{})
		want(t, err, code)
		_, err = seller.PlanPullAll()
		want(t, err, code)
		if _, err := seller.PlanWithdraw(coin, 50, recipient(t), nil); err != nil {
			t.Errorf("an exit depends on the enclaves: %v", err)
		}
	}
	good := w.pins()
	bad := good
	bad.Policy.Allowed = nil
	seller.config.Guard = bad
	refused(rejection.MeasurementRefused)
	bad = good
	bad.Policy.AllowSimulated = false
	seller.config.Guard = bad
	refused(rejection.SimulatedRefused)
	seller.config.Guard = nil
	refused(rejection.BadEvidence)
	seller.config.Guard = good
	w.workers[0].Evidence[60] ^= 1
	w.sync(seller)
	refused(rejection.BadEvidence)
	w.workers = nil
	w.sync(seller)
	refused(rejection.BadEvidence)
	w.epochKey = nil
	w.sync(seller)
	refused(rejection.NoBook)
}

func TestRefusals(t *testing.T) {
	w, seller, buyer := book(t)
	_, err := newWorld(t).wallet("new").PlanTransfer(coin, 1, seller.Address())
	want(t, err, rejection.NotEnoughFunds)
	o := w.place(seller, terms(order.Sell, 300, 500))
	to := account("x").Viewing().Address(0)
	edit := func(f func(*order.Terms)) order.Terms {
		x := terms(order.Sell, 300, 100)
		f(&x)
		return x
	}
	for _, c := range []struct {
		name string
		code rejection.Code
		plan func() (*Plan, error)
	}{
		{"pay nothing", rejection.BadAmount, func() (*Plan, error) { return seller.PlanTransfer(coin, 0, to) }},
		{"pay too much", rejection.NotEnoughFunds, func() (*Plan, error) { return seller.PlanTransfer(coin, 1<<40, to) }},
		{"pay all and no fee left", rejection.NotEnoughFunds, func() (*Plan, error) { return seller.PlanTransfer(hub, 990, to) }},
		{"2^64 with the fee", rejection.NotEnoughFunds, func() (*Plan, error) { return seller.PlanTransfer(hub, 1<<64-5, to) }},
		{"unknown asset", rejection.UnknownAsset, func() (*Plan, error) { return seller.PlanWithdraw(77, 5, recipient(t), nil) }},
		{"withdraw nothing", rejection.BadAmount, func() (*Plan, error) { return seller.PlanWithdraw(coin, 0, recipient(t), nil) }},
		{"withdraw another asset from an order", rejection.UnknownAsset, func() (*Plan, error) { return seller.PlanWithdraw(hub, 5, recipient(t), o) }},
		{"unknown market", rejection.UnknownMarket, func() (*Plan, error) {
			return seller.PlanOrder(edit(func(x *order.Terms) { x.Market = 9 }), order.Handling{})
		}},
		{"wrong lot size", rejection.BadTerms, func() (*Plan, error) {
			return seller.PlanOrder(edit(func(x *order.Terms) { x.LotSize = 7 }), order.Handling{})
		}},
		{"no quantity", rejection.BadTerms, func() (*Plan, error) {
			return seller.PlanOrder(edit(func(x *order.Terms) { x.Qty = 0 }), order.Handling{})
		}},
		{"expired", rejection.BadTerms, func() (*Plan, error) {
			return seller.PlanOrder(edit(func(x *order.Terms) { x.Expiry = 3 }), order.Handling{})
		}},
		{"fee above the maximum", rejection.BadTerms, func() (*Plan, error) {
			return seller.PlanOrder(edit(func(x *order.Terms) { x.MaxFee = 4 }), order.Handling{})
		}},
		{"a replacement in another asset", rejection.BadTerms, func() (*Plan, error) {
			return seller.PlanReplace(o, terms(order.Buy, 300, 1), order.Handling{})
		}},
		{"a stranger's order id", rejection.UnknownOrder, func() (*Plan, error) {
			_, err := buyer.State().FindOrder(o.ID.String())
			return nil, err
		}},
	} {
		if _, err := c.plan(); !errors.Is(err, c.code) {
			t.Errorf("%s: got %v, want %s", c.name, err, c.code.Name())
		}
	}
}

// TestSameShape: whatever an action does, its size and public structure are
// the same, the withdrawal's public output apart.
func TestSameShape(t *testing.T) {
	w, seller, _ := book(t)
	o := w.place(seller, terms(order.Sell, 300, 100))
	var plans []*Plan
	for _, plan := range []func() (*Plan, error){
		func() (*Plan, error) { return seller.PlanTransfer(coin, 5, account("x").Viewing().Address(0)) },
		func() (*Plan, error) { return seller.PlanOrder(terms(order.Sell, 300, 100), order.Handling{}) },
		func() (*Plan, error) { return seller.PlanCancel(o) },
		func() (*Plan, error) { return seller.PlanReplace(o, terms(order.Sell, 310, 100), order.Handling{}) },
		func() (*Plan, error) { return seller.PlanWithdraw(coin, 5, recipient(t), nil) },
	} {
		p, err := plan()
		if err != nil {
			t.Fatal(err)
		}
		plans = append(plans, p)
	}
	for _, p := range plans {
		if len(p.Action.Encode()) != action.Size {
			t.Errorf("%s has %d bytes", p.Kind, len(p.Action.Encode()))
		}
		if p.Action.Anchor != plans[0].Action.Anchor || p.Action.Epoch != plans[0].Action.Epoch {
			t.Errorf("%s stands out", p.Kind)
		}
		if p.Kind != WithdrawPlan && (p.Action.Fee != plans[0].Action.Fee || p.Action.Out != action.Output{}) {
			t.Errorf("%s stands out", p.Kind)
		}
	}
}

// TestRecovery: from the phrase and the chain alone, after partial fills, a
// bust, a drop, a returned claim, payments to several addresses and unused
// deposit indices, a wallet has the same balances, orders, fills and history;
// every note it finds is then spent, and the remainder cancelled.
func TestRecovery(t *testing.T) {
	w, seller, buyer := book(t)
	for range 7 { // gaps in both sequences
		if _, err := buyer.DepositOwner(); err != nil {
			t.Fatal(err)
		}
		if _, err := buyer.NewAddress(); err != nil {
			t.Fatal(err)
		}
	}
	w.fund(buyer, coin, 44)
	to, err := buyer.NewAddress()
	if err != nil {
		t.Fatal(err)
	}
	p, err := seller.PlanTransfer(coin, 1000, to)
	w.send(seller, p, err)

	sell := w.place(seller, terms(order.Sell, 300, 900))
	buy := w.place(buyer, terms(order.Buy, 320, 800))
	for _, lots := range []uint64{100, 250, 30} {
		w.sync(seller)
		w.sync(buyer)
		w.mine(w.match(lots, 310+lots%20, buy, sell).Encode())
		w.sync(seller)
		w.sync(buyer)
	}
	w.match(10, 310, buy, sell)
	w.skip(int(w.genesis.Params.LockBlocks) + 1) // a bust
	w.mature(buyer)
	p, err = buyer.PlanWithdraw(coin, 3000, recipient(t), nil)
	w.send(buyer, p, err)
	w.mine(w.closing(buyer.State().Claims[0].ID, custody.Returned).Encode())
	w.mature(buyer)
	w.mature(seller)

	restored := w.wallet("buyer") // another store, the same phrase
	w.sync(restored)
	a, b := buyer.State(), restored.State()
	for _, c := range []struct {
		name string
		x, y any
	}{
		{"balances", a.Balances(), b.Balances()},
		{"orders", a.Orders, b.Orders},
		{"past", a.Past, b.Past},
		{"fills", a.Fills, b.Fills},
		{"claims", a.Claims, b.Claims},
		{"history", a.History, b.History},
		{"notes", a.Notes, b.Notes},
		{"deposits", a.Deposits, b.Deposits},
		{"addresses", a.Addresses, b.Addresses},
	} {
		if d := cmp.Diff(c.x, c.y); d != "" {
			t.Errorf("%s:\n%s", c.name, d)
		}
	}
	if len(b.Fills) != 3 || b.Orders[0].Filled != 380 {
		t.Fatalf("%d fills, %d lots", len(b.Fills), b.Orders[0].Filled)
	}

	// Every note is spent and the remainder cancelled.
	p, err = restored.PlanCancel(b.Orders[0])
	w.send(restored, p, err)
	w.auto = true
	stranger := account("stranger").Viewing().Address(0)
	for _, pay := range []struct {
		asset uint32
		keep  uint64
	}{{coin, 0}, {hub, 10}} {
		p, err := restored.Make(context.Background(), func() (*Plan, error) {
			total := balance(restored, pay.asset)
			return restored.PlanTransfer(pay.asset, total.Spendable+total.Leaving+total.Maturing-pay.keep, stranger)
		}, nil)
		w.send(restored, p, err)
	}
	for _, left := range restored.State().Balances() {
		if left.Spendable+left.Orders+left.Leaving+left.Maturing != 0 {
			t.Errorf("left over: %+v", left)
		}
	}
}

// TestGarbage: a node that lies in any part of a block is found out, and the
// wallet is where it was before.
func TestGarbage(t *testing.T) {
	w, seller, buyer := book(t)
	sell := w.place(seller, terms(order.Sell, 300, 500))
	buy := w.place(buyer, terms(order.Buy, 320, 700))
	saved := w.wallet("buyer")
	w.sync(saved)
	if err := saved.save(); err != nil {
		t.Fatal(err)
	}
	from := w.height()
	w.mine(w.match(100, 310, buy, sell).Encode())
	last := w.height()
	for name, garble := range map[string]func(*Block){
		"another height":  func(b *Block) { b.Height++ },
		"a shrunken tree": func(b *Block) { b.Size-- },
		"a grown tree":    func(b *Block) { b.Size++ },
		"an endless tree": func(b *Block) { b.Size = 1 << 60 },
		"no settlement":   func(b *Block) { b.Groups = nil },
		"the wrong place": func(b *Block) { b.Groups[0].First++ },
		"far away":        func(b *Block) { b.Groups[0].First = 1 << 62 },
		"a hidden spend":  func(b *Block) { b.Groups[0].Legs[0].Nullifier = b.Groups[0].Fee },
		"an empty leaf":   func(b *Block) { b.Groups[0].Fee.SetZero() },
		"a garbled report": func(b *Block) {
			for i := range b.Groups[0].Legs {
				b.Groups[0].Legs[i].Report = b.Groups[0].Fee
			}
		},
		"another output": func(b *Block) { b.Groups[0].Legs[0].Proceeds = b.Groups[0].Fee },
		"an invented credit": func(b *Block) {
			b.Deposits = append(b.Deposits, Deposit{Asset: hub, Amount: 5, C: b.Groups[0].Fee, Position: b.Size})
		},
	} {
		t.Run(name, func(t *testing.T) {
			w.garble = func(b *Block) *Block {
				if b.Height != last {
					return b
				}
				c := *b
				c.Groups = nil
				for _, g := range b.Groups {
					legs := append([]Leg(nil), g.Legs...)
					g.Legs = legs
					c.Groups = append(c.Groups, g)
				}
				garble(&c)
				return &c
			}
			before, err := saved.State().Encode()
			if err != nil {
				t.Fatal(err)
			}
			_, err = saved.Sync(context.Background())
			want(t, err, rejection.BadBlock)
			after, err := saved.State().Encode()
			if err != nil {
				t.Fatal(err)
			}
			if saved.State().Height > from || string(before) != string(after) {
				t.Errorf("the wallet kept something: height %d", saved.State().Height)
			}
		})
	}
	w.garble = nil
	w.sync(saved)
	if len(saved.State().Fills) != 1 {
		t.Error("the honest chain was not read")
	}
}
