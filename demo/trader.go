package demo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
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
	orders map[string]wallet.ID // by the scenario's id
	due    int                  // deposits and payments sent to this trader so far

	withhold bool // CorruptExit: withdrawals are made and not submitted
}

func newTrader(ctx context.Context, name, dir string, o home.Options) (*trader, error) {
	var entropy [keys.EntropySize]byte
	if _, err := rand.Read(entropy[:]); err != nil {
		return nil, err
	}
	t := &trader{name: name, phrase: keys.NewPhrase(entropy).Words(), orders: map[string]wallet.ID{}}
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

// sync follows the chain; an action that the network refused for good ends the
// demo.
func (t *trader) sync(ctx context.Context) error {
	notices, err := t.wallet().Sync(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", t.name, err)
	}
	for _, n := range notices {
		if n.Err != nil {
			return fmt.Errorf("%s: a %s was refused: %w", t.name, n.Kind, n.Err)
		}
	}
	return nil
}

// order returns the trader's order under a scenario's id.
func (t *trader) order(id string) (*wallet.Order, error) {
	return t.wallet().State().FindOrder(t.orders[id].String())
}

// resting waits until an order is on chain and nothing is under way with it.
func (t *trader) resting(ctx context.Context, id string) (*wallet.Order, error) {
	for {
		if err := t.sync(ctx); err != nil {
			return nil, err
		}
		o, err := t.order(id)
		if err == nil && o.Status != wallet.Pending && o.Status != wallet.Matched {
			return o, nil
		}
		if err != nil && len(t.wallet().Outgoing()) == 0 {
			return nil, err
		}
		if err := pause(ctx, 200*time.Millisecond); err != nil {
			return nil, err
		}
	}
}

func (t *trader) terms(m scenario.Market, market uint32, e scenario.Order, height uint64) order.Terms {
	terms := order.Terms{
		Market: market, Base: m.Base, Quote: m.Quote, LotSize: m.LotSize, Side: order.Sell,
		Limit: e.Limit, Qty: e.Qty, MinFill: e.MinFill,
		Expiry: uint32(height) + e.Life, Band: e.Band, MaxFee: e.MaxFee,
	}
	if e.Buy {
		terms.Side = order.Buy
	}
	return terms
}

// withdraw takes value of asset out; from an order, all that it holds.
func (t *trader) withdraw(ctx context.Context, asset uint32, value uint64, to []byte, from *wallet.Order) (*wallet.Plan, error) {
	recipient, err := action.NewRecipient(to)
	if err != nil {
		return nil, err
	}
	return t.send(ctx, func() (*wallet.Plan, error) {
		return t.wallet().PlanWithdraw(asset, value, recipient, from)
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
