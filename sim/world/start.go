package world

import (
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/order"
)

// Cast is a world in which people have money, enclaves run and prices are
// known: where most stories begin.
type Cast struct {
	*World
	Alice, Bob, Mallory *Account // a seller, a buyer and a thief

	// What they were credited with, a note each.
	AliceKSM, AliceHUB, AliceHUB2, BobUSD, BobHUB *Coin
	MalloryKSM, MalloryUSD, MalloryHUB            *Coin
	CarolBTC                                      *Coin // a bystander's
}

// Open returns a Cast at its start: nobody has made an action.
func Open(p *Prover) (*Cast, error) {
	w, err := New(p)
	if err != nil {
		return nil, err
	}
	c := &Cast{World: w, Alice: NewAccount("alice"), Bob: NewAccount("bob"), Mallory: NewAccount("mallory")}
	w.Must()
	var registrations [][]byte
	for i, operator := range w.Operators {
		k := NewWorker(operator, string(rune('a'+i)), 0)
		w.Workers = append(w.Workers, k)
		registrations = append(registrations, w.Registration(k).Encode())
	}
	w.Must(registrations...)
	w.Must(w.SignEpoch(w.NewEpoch(), w.Workers[:Quorum]))
	w.Must(w.Quotes(Quote(0, Reference), Quote(1, Reference)).Encode())
	c.AliceKSM = w.Deposit(c.Alice, KSM, 100_000)
	c.AliceHUB = w.Deposit(c.Alice, HUB, 100)
	c.AliceHUB2 = w.Deposit(c.Alice, HUB, 100)
	c.BobUSD = w.Deposit(c.Bob, USD, 100_000)
	c.BobHUB = w.Deposit(c.Bob, HUB, 100)
	c.MalloryKSM = w.Deposit(c.Mallory, KSM, 50_000)
	c.MalloryUSD = w.Deposit(c.Mallory, USD, 50_000)
	c.MalloryHUB = w.Deposit(c.Mallory, HUB, 100)
	c.CarolBTC = w.Deposit(NewAccount("carol"), BTC, 1_000_000)
	w.Settled()
	return c, nil
}

// Clone returns a Cast that goes its own way from here.
func (c *Cast) Clone() *Cast {
	out := *c
	out.World = c.World.Clone()
	for _, coin := range []**Coin{
		&out.AliceKSM, &out.AliceHUB, &out.AliceHUB2, &out.BobUSD, &out.BobHUB,
		&out.MalloryKSM, &out.MalloryUSD, &out.MalloryHUB, &out.CarolBTC,
	} {
		*coin = out.coins[(*coin).Commitment()]
	}
	return &out
}

// Settled runs empty blocks until every leaf is under an anchor and old enough
// to be filled.
func (w *World) Settled() {
	last := w.Height()
	for w.State.Anchor().Height < last || w.Height() < last+RestBlocks {
		w.Must()
	}
}

// Execute admits actions in the next block and runs on until they are due. It
// reports false if one of them was dropped.
func (w *World) Execute(txs ...[]byte) (bool, error) {
	if err := w.Commit(txs...); err != nil {
		return false, err
	}
	w.Advance(Delay)
	done := 0
	for _, e := range w.Events {
		if x, ok := e.(ledger.ActionExecuted); ok && x.Admitted == w.Height()-Delay {
			done++
		}
	}
	return done == len(txs), nil
}

// Terms returns an order's terms with room on every side; edit what matters.
func Terms(m ledger.Market, side order.Side, limit, qty uint64) *order.Terms {
	return &order.Terms{
		Market: m.ID, Base: m.Base, Quote: m.Quote, LotSize: m.LotSize, Side: side, Limit: limit, Qty: qty,
		MinFill: 1, Expiry: 1 << 20, Band: 1000, MaxFee: 100,
	}
}

// Place lets somebody place an order, paid from coins, and waits until it can
// be filled. It returns the order's coin.
func (w *World) Place(who *Account, t *order.Terms, from ...*Coin) *Coin {
	value, err := t.Funding()
	if err != nil {
		panic(err)
	}
	return w.PlaceFunded(who, t, value, from...)
}

// PlaceFunded is Place of an order that holds another amount.
func (w *World) PlaceFunded(who *Account, t *order.Terms, value uint64, from ...*Coin) *Coin {
	a := w.Act(Intent{Owner: who, In: from, Out: []Pay{{To: who, Asset: t.FundingAsset(), Value: value, Terms: t}}})
	if ok, err := w.Execute(a.Bytes()); !ok || err != nil {
		panic(err)
	}
	w.Settled()
	return a.Made[0]
}
