package gateway

import (
	"context"
	"errors"
	"time"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/vault"
)

// BalanceStatus is what an account of the custody holds, proven, and what the
// books say that it should.
type BalanceStatus struct {
	Account string      `json:"account"`
	Asset   string      `json:"asset"` // symbol, or hex where Nightjar does not list it
	Kind    string      `json:"kind"`  // custody, former or deposit
	Proven  amount.Wide `json:"proven"`
	Books   amount.Wide `json:"books"`
	Block   uint64      `json:"block"`
	// Decimals are those of Proven and Books.
	Decimals uint8 `json:"decimals"`
}

// openBooks notes what custody accounts held before the first block that is
// read: once, after the first state of Nightjar. ok is false while it can't.
func (g *Gateway) openBooks(ctx context.Context) (ok bool, fatal error) {
	if g.rounds.begun {
		return true, nil
	}
	var at vault.Cursor
	var holdings []vault.Holding
	g.core.look(func(m *vault.Machine) {
		at = m.Cursor()
		holdings = m.Expected()
	})
	if at != g.start.Block || len(holdings) > 0 {
		g.rounds.begun = true
		return true, nil
	}
	for _, h := range g.ours(false) {
		held, err := g.Adapter.Balance(ctx, h.External, h.Account, at)
		if errors.Is(err, rejection.OutOfRange) {
			return false, rejection.New(rejection.BadJournal,
				"it began at block %d and nothing was read since, which is too long ago: delete it and begin again", at.Number)
		}
		if fatal := g.external(ctx, err); fatal != nil || err != nil {
			return false, fatal
		}
		h.Amount = held
		holdings = append(holdings, h)
	}
	err := g.core.decide(func(m *vault.Machine) ([]vault.Record, []vault.Effect, error) {
		records, err := m.Begin(holdings)
		return records, nil, err
	})
	g.rounds.begun = err == nil
	return err == nil, err
}

// ours are all accounts and assets to look at: every custody account with every
// asset of Nightjar, and what else the books say is not empty.
func (g *Gateway) ours(deposits bool) (list []vault.Holding) {
	g.rounds.mu.Lock()
	assets := g.rounds.hub.Assets
	g.rounds.mu.Unlock()
	type purse struct {
		account  vault.Account
		external string
	}
	known := map[purse]bool{}
	g.core.look(func(m *vault.Machine) {
		for _, generation := range m.Generations() {
			for _, a := range assets {
				p := purse{generation.Custody, string(a.External)}
				if !known[p] {
					known[p] = true
					list = append(list, vault.Holding{Account: generation.Custody, External: a.External, Custody: true})
				}
			}
		}
		for _, h := range m.Expected() {
			p := purse{h.Account, string(h.External)}
			if !known[p] && (h.Custody || deposits && !h.Amount.IsZero()) {
				known[p] = true
				h.Amount = amount.Wide{}
				list = append(list, h)
			}
		}
	})
	return list
}

// reconcile compares the books with the chain, at the block that was read last.
// It runs in the loop that reads blocks, so that the block stays the last one.
func (g *Gateway) reconcile(ctx context.Context) (fatal error) {
	if time.Since(g.rounds.reconciled) < g.Pace.Reconcile {
		return nil
	}
	var at vault.Cursor
	var books []vault.Holding
	g.core.look(func(m *vault.Machine) { at, books = m.Cursor(), m.Expected() })
	proven := g.ours(true)
	for i := range proven {
		held, err := g.Adapter.Balance(ctx, proven[i].External, proven[i].Account, at)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			g.note(unreconciled, err)
			return nil
		}
		proven[i].Amount = held
	}
	var before, after bool
	err := g.core.ask(func(m *vault.Machine) ([]vault.Record, []vault.Effect, error) {
		before = m.Short()
		effects, err := m.Reconcile(at, proven)
		after = m.Short()
		return nil, effects, err
	})
	if err != nil {
		var refused *rejection.Rejection
		if errors.As(err, &refused) {
			g.note(unreconciled, err)
			return nil
		}
		return err
	}
	g.board.clear(unreconciled)
	if before && !after {
		g.Log.Info("the books and the chain agree again")
	}
	g.metrics.stopped.Set(0)
	if after {
		g.metrics.stopped.Set(1)
	}
	g.rounds.mu.Lock()
	defer g.rounds.mu.Unlock()
	g.rounds.reconciled = time.Now()
	g.rounds.balances = nil
	for _, h := range proven {
		g.rounds.balances = append(g.rounds.balances, g.balanceStatus(h, books, at))
	}
	return nil
}

// balanceStatus is for people; g.rounds.mu is held.
func (g *Gateway) balanceStatus(h vault.Holding, books []vault.Holding, at vault.Cursor) BalanceStatus {
	s := BalanceStatus{Account: g.Adapter.Address(h.Account), Asset: hexOf(h.External), Kind: "deposit", Proven: h.Amount, Block: at.Number}
	for _, a := range g.rounds.hub.Assets {
		if string(a.External) == string(h.External) {
			s.Asset, s.Decimals = a.Symbol, a.ExternalDecimals
		}
	}
	for _, b := range books {
		if b.Account == h.Account && string(b.External) == string(h.External) {
			s.Books = b.Amount
		}
	}
	if h.Custody {
		s.Kind = "former"
		g.core.look(func(m *vault.Machine) {
			if c, ok := m.Custody(); ok && c.Custody == h.Account {
				s.Kind = "custody"
			}
		})
	}
	return s
}
