package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"reflect"

	"github.com/nightjar/nightjar/audit"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/wallet"
	"github.com/nightjar/nightjar/wallet/home"
)

// Summary is what a demo showed. Ok is true only if all of it held.
type Summary struct {
	OK                 bool          `json:"ok"`
	Title              string        `json:"title"`
	Deposits           uint64        `json:"deposits"` // credited on chain
	Orders             uint64        `json:"orders"`   // placed and replaced, as the wallets' histories say
	Fills              uint64        `json:"fills"`    // as the wallets opened them from the chain
	Settled            uint64        `json:"settled"`  // market groups settled on chain
	ExitWithoutEnclave bool          `json:"exit_without_enclave"`
	Restored           bool          `json:"restored"` // every wallet from its phrase alone
	Verify             string        `json:"verify"`   // "ok", or what was refused
	Height             uint64        `json:"height"`
	Simulated          bool          `json:"simulated_enclaves"`
	Observer           audit.Checked `json:"observer"` // all that the chain shows of the trading
	Traders            []Trader      `json:"traders"`  // what each owner sees
	Failure            string        `json:"failure,omitempty"`

	Audit *audit.Report `json:"-"`
}

// Trader is one owner's view.
type Trader struct {
	Name     string    `json:"name"`
	Balances []Holding `json:"balances"`
	Orders   int       `json:"orders"`
	Fills    []string  `json:"fills"` // in words
}

// Holding is a balance in whole units.
type Holding struct {
	Asset     string `json:"asset"`
	Spendable string `json:"spendable"`
	Orders    string `json:"in_orders"`
}

// collect fills the summary from the wallets and the chain.
func (p *player) collect(ctx context.Context, s *Summary) error {
	for _, t := range p.traders {
		if err := t.sync(ctx); err != nil {
			return err
		}
		state := t.wallet().State()
		for _, e := range state.History {
			if e.Kind == wallet.OrderEntry || e.Kind == wallet.ReplaceEntry {
				s.Orders++
			}
		}
		s.Fills += uint64(len(state.Fills))
		s.Traders = append(s.Traders, t.view())
	}
	s.ExitWithoutEnclave = p.left()
	return nil
}

// left reports whether an exit that was sent while no enclave was running has
// become a withdrawal claim.
func (p *player) left() bool {
	for _, t := range p.traders {
		for _, c := range t.wallet().State().Claims {
			for _, id := range p.exits {
				if c.Action == id {
					return true
				}
			}
		}
	}
	return false
}

func (t *trader) view() Trader {
	state, params := t.wallet().State(), t.wallet().Params()
	v := Trader{Name: t.name, Orders: len(state.Orders), Fills: []string{}}
	for _, b := range state.Balances() {
		v.Balances = append(v.Balances, Holding{
			Asset:     params.Symbol(b.Asset),
			Spendable: params.Amount(b.Asset, b.Spendable+b.Maturing),
			Orders:    params.Amount(b.Asset, b.Orders),
		})
	}
	for _, f := range state.Fills {
		m, err := params.Market(f.Market)
		if err != nil {
			continue // a fill of a market that the node no longer lists
		}
		verb := "sold"
		if f.Side == order.Buy {
			verb = "bought"
		}
		v.Fills = append(v.Fills, fmt.Sprintf("%s %s %s at %s %s, fee %s",
			verb, params.Lots(m, f.Lots), params.Symbol(m.Base), params.Price(m, f.Price), params.Symbol(m.Quote), params.Amount(m.Quote, f.Fee)))
	}
	return v
}

// restore makes every wallet again from its phrase alone and compares all that
// a wallet shows.
func (p *player) restore(ctx context.Context, dir string, o home.Options) error {
	for _, t := range p.traders {
		o.Dir, o.Password = filepath.Join(dir, t.name), password
		again, err := home.Create(ctx, o, home.Secret{Phrase: t.phrase})
		if err != nil {
			return err
		}
		_, err = again.Wallet.Sync(ctx)
		if err == nil {
			err = t.sync(ctx) // both at the newest block
		}
		if err == nil {
			_, err = again.Wallet.Sync(ctx)
		}
		if err == nil {
			err = equal(t.wallet().State(), again.Wallet.State())
		}
		if e := again.Close(); err == nil {
			err = e
		}
		if err != nil {
			return fmt.Errorf("restoring %s: %w", t.name, err)
		}
	}
	return nil
}

// equal compares balances, orders, claims, fills and history.
func equal(a, b *wallet.State) error {
	for _, c := range []struct {
		what string
		x, y any
	}{
		{"balances", a.Balances(), b.Balances()}, {"orders", a.Orders, b.Orders},
		{"claims", a.Claims, b.Claims}, {"fills", a.Fills, b.Fills}, {"history", a.History, b.History},
	} {
		if reflect.DeepEqual(c.x, c.y) {
			continue
		}
		x, _ := json.Marshal(c.x)
		y, _ := json.Marshal(c.y)
		if string(x) != string(y) {
			return fmt.Errorf("%s differ", c.what)
		}
	}
	return nil
}
