//go:build e2e

package e2e

import (
	"context"
	"crypto/rand"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/scenario"
	"github.com/nightjar/nightjar/wallet"
	"github.com/nightjar/nightjar/wallet/home"
)

// The market of the tests that trade inside this process.
const market = `
title  one market
asset  KSM 9 exit-fee 0.001
asset  USD 6 exit-fee 0.01
fee    0.0005
market KSM/USD lot 0.1 tick 0.01 fee 5 collar 1000 min 0.1
trader nobody
price  KSM/USD 25.00
`

const (
	ksm = uint32(1) // pays the flat fees
	usd = uint32(2)

	oneKSM = uint64(1_000_000_000)
	oneUSD = uint64(1_000_000)
)

// dollars is a price of one KSM in quote hub units per lot of 0.1 KSM.
func dollars(cents uint64) uint64 { return cents * 1000 }

func parse(t *testing.T, text string) *scenario.Scenario {
	t.Helper()
	s, err := scenario.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// owner is an account whose wallet lives in this process.
type owner struct {
	name   string
	phrase string
	home   *home.Home
}

// newOwner makes a wallet with a phrase of its own.
func (n *network) newOwner(ctx context.Context, t *testing.T, name string) *owner {
	t.Helper()
	var entropy [keys.EntropySize]byte
	if _, err := rand.Read(entropy[:]); err != nil {
		t.Fatal(err)
	}
	return n.ownerOf(ctx, t, name, keys.NewPhrase(entropy).Words(), n.RPC())
}

// ownerOf makes a wallet from a phrase, the genesis and a node, and nothing
// else.
func (n *network) ownerOf(ctx context.Context, t *testing.T, name, phrase, node string) *owner {
	t.Helper()
	options := n.options(filepath.Join(n.dir, "owners", name))
	options.Node = node
	h, err := home.Create(ctx, options, home.Secret{Phrase: phrase})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	return &owner{name, phrase, h}
}

func (o *owner) wallet() *wallet.Wallet { return o.home.Wallet }
func (o *owner) state() *wallet.State   { return o.home.Wallet.State() }

// sync follows the chain; an action that came to nothing ends the test. The
// error says that the node could not be asked.
func (o *owner) sync(ctx context.Context, t *testing.T) error {
	t.Helper()
	notices, err := o.wallet().Sync(ctx)
	for _, n := range notices {
		t.Fatalf("%s's %s: %v", o.name, n.Kind, n.Err)
	}
	return err
}

// until syncs until a condition on the wallet's state holds.
func (o *owner) until(ctx context.Context, t *testing.T, what string, limit time.Duration, done func(*wallet.State) bool) {
	t.Helper()
	await(ctx, t, o.name+": "+what, limit, func(ctx context.Context) (bool, error) {
		if err := o.sync(ctx, t); err != nil {
			return false, err
		}
		return done(o.state()), nil
	})
}

// credit asks custody for deposits of units each, all to one commitment.
func (n *network) credit(ctx context.Context, t *testing.T, o *owner, asset uint32, units ...uint64) {
	t.Helper()
	c, err := o.wallet().DepositOwner()
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range units {
		tx, err := n.Dir().Mint(asset, v, c)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := n.client.Submit(ctx, tx); err != nil {
			t.Fatal(err)
		}
	}
}

// spendable is what an action made now may spend of an asset.
func spendable(s *wallet.State, asset uint32) uint64 {
	for _, b := range s.Balances() {
		if b.Asset == asset {
			return b.Spendable
		}
	}
	return 0
}

// calm reports whether nothing of the account is on its way.
func (o *owner) calm(s *wallet.State) bool {
	for _, b := range s.Balances() {
		if b.Maturing > 0 || b.Leaving > 0 {
			return false
		}
	}
	return len(o.wallet().Outgoing()) == 0
}

// send plans an action as soon as its money is there, bringing notes together
// if need be, proves, signs and submits it.
func (o *owner) send(ctx context.Context, t *testing.T, plan func() (*wallet.Plan, error)) *wallet.Plan {
	t.Helper()
	var p *wallet.Plan
	o.until(ctx, t, "an action can be planned", 5*time.Minute, func(s *wallet.State) bool {
		var err error
		p, err = o.wallet().Make(ctx, plan, nil)
		if err != nil && (!waits(err) || o.calm(s)) {
			t.Fatalf("%s: %v", o.name, err)
		}
		return err == nil
	})
	if _, err := o.wallet().Send(ctx, p); err != nil {
		t.Fatalf("%s: %v", o.name, err)
	}
	return p
}

// waits reports whether a plan's refusal passes with time.
func waits(err error) bool {
	return errors.Is(err, rejection.NotEnoughFunds) || errors.Is(err, rejection.WalletConflict)
}

// plan plans an order in the one market.
func (o *owner) plan(side order.Side, lots, limit uint64) (*wallet.Plan, error) {
	m, err := o.wallet().Params().Market(0)
	if err != nil {
		return nil, err
	}
	return o.wallet().PlanOrder(order.Terms{
		Market: 0, Base: m.Base, Quote: m.Quote, LotSize: m.LotSize, Side: side, Limit: limit, Qty: lots, MinFill: 1,
		Expiry: uint32(o.state().Height) + 100_000, Band: order.NoBand, MaxFee: m.FeeBp,
	}, order.Handling{})
}

// place places an order.
func (o *owner) place(ctx context.Context, t *testing.T, side order.Side, lots, limit uint64) *wallet.Plan {
	t.Helper()
	return o.send(ctx, t, func() (*wallet.Plan, error) { return o.plan(side, lots, limit) })
}

// placed returns the id of the order that a plan places.
func placed(p *wallet.Plan) wallet.ID { return wallet.ID(p.Action.Commitments[0].Bytes()) }

// order returns an order of the account by its id.
func (o *owner) order(t *testing.T, id wallet.ID) *wallet.Order {
	t.Helper()
	x, err := o.state().FindOrder(id.String())
	if err != nil {
		t.Fatalf("%s: order %s: %v", o.name, id.Short(), err)
	}
	return x
}

// resting waits until an order rests at the enclaves' disposal.
func (o *owner) resting(ctx context.Context, t *testing.T, id wallet.ID) *wallet.Order {
	t.Helper()
	o.until(ctx, t, "the order rests", 2*time.Minute, func(s *wallet.State) bool {
		x, err := s.FindOrder(id.String())
		return err == nil && x.Status == wallet.Resting
	})
	return o.order(t, id)
}
