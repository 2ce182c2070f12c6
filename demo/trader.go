package demo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/scenario"
	"github.com/nightjar/nightjar/wallet"
	"github.com/nightjar/nightjar/wallet/home"
)

// password of the demo's wallets: they hold test assets, and the point is to
// let people look into them afterwards.
const password = "demo"

// trader is one wallet of the scenario.
type trader struct {
	name   string
	phrase string
	home   *home.Home
	say    func(format string, args ...any)
	orders map[string][]wallet.ID // by the scenario's id: the order and its replacements
	due    int                    // deposits and payments sent to this trader so far

	// A cancel, replacement or exit that was sent may lose the race with a
	// lock. Then it is an errand to do again once the trade is decided.
	sent map[wallet.ID]errand
	lost []errand

	withhold bool // CorruptExit: withdrawals are made and not submitted
}

// errand is an event of the scenario on one resting order.
type errand func(context.Context) error

func newTrader(ctx context.Context, name, dir string, o home.Options, say func(string, ...any)) (*trader, error) {
	var entropy [keys.EntropySize]byte
	if _, err := rand.Read(entropy[:]); err != nil {
		return nil, err
	}
	t := &trader{
		name: name, phrase: keys.NewPhrase(entropy).Words(), say: say,
		orders: map[string][]wallet.ID{}, sent: map[wallet.ID]errand{},
	}
	o.Dir, o.Password = filepath.Join(dir, name), password
	var err error
	t.home, err = home.Create(ctx, o, home.Secret{Phrase: t.phrase})
	return t, err
}

func (t *trader) wallet() *wallet.Wallet { return t.home.Wallet }

// send plans an action, waiting for money that is on its way, proves, signs
// and submits it.
func (t *trader) send(ctx context.Context, plan func() (*wallet.Plan, error)) (*wallet.Plan, error) {
	w := t.wallet()
	for {
		if err := t.sync(ctx); err != nil {
			return nil, err
		}
		p, err := w.Make(ctx, plan, func(wallet.ID) {})
		if err == nil {
			if t.withhold && p.Kind == wallet.WithdrawPlan {
				return p, nil
			}
			_, err = w.Send(ctx, p)
			return p, err
		}
		if !errors.Is(err, rejection.NotEnoughFunds) || !t.expecting() {
			return nil, err
		}
		if err := pause(ctx, 300*time.Millisecond); err != nil {
			return nil, err
		}
	}
}

// expecting reports whether money may still come without anybody's doing.
func (t *trader) expecting() bool {
	if len(t.wallet().Outgoing()) > 0 || t.received() < t.due {
		return true
	}
	for _, b := range t.wallet().State().Balances() {
		if b.Maturing > 0 || b.Leaving > 0 {
			return true
		}
	}
	return false
}

// received counts the deposits and payments that have arrived.
func (t *trader) received() (n int) {
	for _, e := range t.wallet().State().History {
		if e.Kind == wallet.DepositEntry || e.Kind == wallet.ReceiveEntry {
			n++
		}
	}
	return n
}

// sync follows the chain. An action that the network refused for good ends the
// demo, unless it was an errand that came too late: that happens to any trader.
func (t *trader) sync(ctx context.Context) error {
	notices, err := t.wallet().Sync(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", t.name, err)
	}
	for _, n := range notices {
		again, ok := t.sent[n.ID]
		if !ok || !tooLate(n.Err) {
			return fmt.Errorf("%s: a %s was refused: %w", t.name, n.Kind, n.Err)
		}
		t.say("too late: %s's order was matched before the %s; trying again once the trade is decided", t.name, n.Kind)
		t.lost = append(t.lost, again)
	}
	return nil
}

// tooLate reports whether an action lost a race with a lock or its settlement.
func tooLate(err error) bool {
	return errors.Is(err, rejection.NullifierLocked) || errors.Is(err, rejection.NullifierSpent)
}

// run does an errand. Whatever it sends will be done again if it comes too late.
func (t *trader) run(ctx context.Context, e func(context.Context) (*wallet.Plan, error)) error {
	plan, err := e(ctx)
	if err == nil && plan != nil {
		t.sent[plan.ID()] = func(ctx context.Context) error { return t.run(ctx, e) }
	}
	return err
}

// again does the errands that came too late.
func (t *trader) again(ctx context.Context) error {
	lost := t.lost
	t.lost = nil
	for _, e := range lost {
		if err := e(ctx); err != nil {
			return err
		}
	}
	return nil
}

// place remembers what a plan places under a scenario's id.
func (t *trader) place(id string, plan *wallet.Plan) {
	if placed, ok := plan.Places(); ok {
		t.orders[id] = append(t.orders[id], placed)
	}
}

// order returns the trader's newest order under a scenario's id; newest is
// false if its replacement is not on chain (yet).
func (t *trader) order(id string) (o *wallet.Order, newest bool) {
	ids := t.orders[id]
	for i, known := range slices.Backward(ids) {
		if o, err := t.wallet().State().FindOrder(known.String()); err == nil {
			return o, i == len(ids)-1
		}
	}
	return nil, false
}

// resting waits until an order is on chain and nothing is under way with it.
func (t *trader) resting(ctx context.Context, id string) (*wallet.Order, error) {
	for {
		if err := t.sync(ctx); err != nil {
			return nil, err
		}
		o, newest := t.order(id)
		waiting := !newest && len(t.wallet().Outgoing()) > 0 ||
			o != nil && (o.Status == wallet.Matched || o.Status == wallet.Leaving)
		if !waiting && o == nil {
			return nil, rejection.New(rejection.UnknownOrder, "%s's %s is not on chain", t.name, id)
		}
		if !waiting {
			return o, nil
		}
		if err := pause(ctx, 200*time.Millisecond); err != nil {
			return nil, err
		}
	}
}

// with plans and sends something about a resting order. If the market was
// faster and nothing of it is left, it says so and returns no plan.
func (t *trader) with(ctx context.Context, id string, make func(*wallet.Order) (*wallet.Plan, error)) (*wallet.Plan, error) {
	for {
		o, err := t.resting(ctx, id)
		if err != nil {
			return nil, err
		}
		if !o.Live() {
			t.say("too late: %s's order %s is %s", t.name, id, o.Status)
			return nil, nil
		}
		plan, err := t.send(ctx, func() (*wallet.Plan, error) {
			now, _ := t.order(id) // a fill may have come while this waited for money
			return make(now)
		})
		if !tooLate(err) && !errors.Is(err, rejection.UnknownOrder) {
			return plan, err
		}
	}
}

func (t *trader) terms(m scenario.Market, market uint32, e scenario.Order) order.Terms {
	terms := order.Terms{
		Market: market, Base: m.Base, Quote: m.Quote, LotSize: m.LotSize, Side: order.Sell,
		Limit: e.Limit, Qty: e.Qty, MinFill: e.MinFill,
		Expiry: uint32(t.wallet().Params().Height) + e.Life, Band: e.Band, MaxFee: e.MaxFee,
	}
	if e.Buy {
		terms.Side = order.Buy
	}
	return terms
}

// handling gives an order's time in force its place on the chain's clock.
func (t *trader) handling(e scenario.Order) order.Handling {
	const day = 86_400 // seconds, of UTC as Unix time counts it
	h, now := e.Handling, uint64(max(t.wallet().Params().Time, 0))
	switch {
	case e.Day:
		h.Until = (now/day + 1) * day
	case e.Seconds > 0:
		h.Until = now + uint64(e.Seconds)
	}
	return h
}

// withdraw takes value of asset out of notes.
func (t *trader) withdraw(ctx context.Context, asset uint32, value uint64, to []byte) (*wallet.Plan, error) {
	recipient, err := action.NewRecipient(to)
	if err != nil {
		return nil, err
	}
	return t.send(ctx, func() (*wallet.Plan, error) {
		return t.wallet().PlanWithdraw(asset, value, recipient, nil)
	})
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
