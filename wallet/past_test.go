package wallet

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/protocol/fairness"
	"github.com/nightjar/nightjar/protocol/order"
)

// TestPast: an order that was filled or cancelled can still be asked about, as it
// was, after a restart and from the seed, and for so many blocks only.
func TestPast(t *testing.T) {
	w, seller, buyer := book(t)
	sell := w.place(seller, terms(order.Sell, 300, 500))
	buy := w.place(buyer, terms(order.Buy, 320, 700))
	claim := func(o *Order) fairness.Claim { return fairness.Claim{Order: o.Order, Position: o.Position} }
	sold, bought := claim(sell), claim(buy)
	w.mine(w.match(500, 310, buy, sell).Encode())
	filled := w.height()
	w.mature(seller)
	w.mature(buyer)
	left := claim(buy)
	p, err := buyer.PlanCancel(buy)
	w.send(buyer, p, err)

	view := func(x *Wallet) (list []fairness.Claim) {
		for _, s := range x.State().Stakes() {
			list = append(list, s.Claim)
		}
		return list
	}
	for name, c := range map[string]struct {
		x    *Wallet
		want []fairness.Claim
	}{"filled in whole": {seller, []fairness.Claim{sold}}, "filled in part, then cancelled": {buyer, []fairness.Claim{bought, left}}} {
		if d := cmp.Diff(c.want, view(c.x)); d != "" {
			t.Errorf("%s:\n%s", name, d)
		}
	}
	restored := w.wallet("buyer")
	w.sync(restored)
	state, err := restored.State().Encode()
	if err != nil {
		t.Fatal(err)
	}
	again, err := DecodeState(state, account("buyer").Viewing(), restored.config.Network, restored.config.Terms)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(buyer.State().Past, again.Past); d != "" {
		t.Errorf("restored and read from disk:\n%s", d)
	}

	s := NewState(account("x").Viewing(), restored.config.Network, restored.config.Terms)
	s.Past = []Past{{Height: filled}, {Height: filled + 1}}
	s.Height = filled + pastBlocks - 1
	if s.forget(); len(s.Past) != 2 {
		t.Error("forgotten too early")
	}
	s.Height++
	if s.forget(); len(s.Past) != 1 || s.Past[0].Height != filled+1 {
		t.Errorf("kept %v", s.Past)
	}
	for range maxPast {
		s.remember(&Order{})
	}
	if s.forget(); len(s.Past) != maxPast || s.Past[0].Height != s.Height {
		t.Errorf("kept %d", len(s.Past))
	}
}
