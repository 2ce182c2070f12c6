package wallet

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/seal"
)

// everything asks for something in every field.
var everything = order.Handling{
	Peg: order.Primary, Offset: -7, SelfTrade: order.Decrement, Pool: order.Natural, Auctions: 3, Until: 1 << 40,
}

// TestHandlingLives: an order keeps its handling through partial fills, in a
// saved state and in a wallet restored from the phrase; a replacement has the
// one that it is given, and the enclaves are told the same.
func TestHandlingLives(t *testing.T) {
	w, seller, buyer := book(t)
	p, err := seller.PlanOrder(terms(order.Sell, 300, 500), everything)
	w.send(seller, p, err)
	sell := seller.State().Orders[0]
	buy := w.place(buyer, terms(order.Buy, 320, 700))
	w.mine(w.match(100, 310, buy, sell).Encode())
	w.mature(seller)
	w.mature(buyer)
	if sell.Filled != 100 || sell.Handling != everything || buy.Handling != (order.Handling{}) {
		t.Fatalf("%+v %+v", sell, buy)
	}
	left := sell.Order.Terms
	left.Qty = 300
	p, err = seller.PlanReplace(sell, left, sell.Handling)
	if err == nil && w.told(p.Action).Handling != everything {
		t.Error("the enclaves are told something else of the replacement")
	}
	w.send(seller, p, err)
	if next := seller.State().Orders[1]; sell.Status != Replaced || next.Handling != everything || next.Order.Terms != left {
		t.Errorf("%+v", next)
	}
	other := order.Handling{Peg: order.Mid}
	p, err = seller.PlanReplace(seller.State().Orders[1], left, other)
	w.send(seller, p, err)
	if next := seller.State().Orders[2]; next.Handling != other {
		t.Errorf("%+v", next)
	}

	restored := w.wallet("seller")
	w.sync(restored)
	if d := cmp.Diff(seller.State().Orders, restored.State().Orders); d != "" {
		t.Error(d)
	}
	b, err := seller.State().Encode()
	if err != nil {
		t.Fatal(err)
	}
	saved, err := DecodeState(b, account("seller").Viewing(), keys.Development, w.terms())
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(seller.State().Orders, saved.Orders); d != "" {
		t.Error(d)
	}
}

// TestHandlingIsTold: whatever is asked for, the order's own record and the
// instruction say exactly that, also after the plan was a file.
func TestHandlingIsTold(t *testing.T) {
	w, seller, _ := book(t)
	view := account("seller").Viewing()
	scanner := seal.NewScanner(view)
	rapid.Check(t, func(t *rapid.T) {
		h := order.Handling{
			Peg: order.Peg(rapid.IntRange(0, 3).Draw(t, "peg")), SelfTrade: order.SelfTrade(rapid.IntRange(0, 3).Draw(t, "self-trade")),
			Pool: order.Pool(rapid.IntRange(0, 1).Draw(t, "pool")), Auctions: rapid.Uint16().Draw(t, "auctions"),
		}
		if h.Peg != order.NoPeg {
			h.Offset = rapid.Int32().Draw(t, "offset")
		}
		if rapid.Bool().Draw(t, "bounded") {
			h.Until = rapid.Uint64Min(1<<20).Draw(t, "until")
		}
		made, err := seller.PlanOrder(terms(order.Sell, 300, 100), h)
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(made)
		if err != nil {
			t.Fatal(err)
		}
		p, err := DecodePlan(b)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Sign(account("seller"), nil); err != nil {
			t.Fatal(err)
		}
		c := w.told(p.Action)
		found := scanner.Open(p.Action.Nullifiers[0], p.Action.Commitments, &p.Action.Sealed)
		switch {
		case p.Outputs[0].Handling != h:
			t.Errorf("the plan says %+v", p.Outputs[0].Handling)
		case c.Kind != seal.NewOrder || c.Handling != h || c.Order.Commitment() != p.Action.Commitments[0]:
			t.Errorf("the enclaves are told %+v", c)
		case len(found) == 0 || found[0].Handling != h:
			t.Errorf("the record is %+v", found)
		}
	})
}

// TestExchangedInstruction: whoever holds the plan and the prover key, and not
// the viewing key, tells the enclaves something else. Nothing else in the plan
// changes, and the signer notices. Exchanging it for the same is noticed too:
// only the bytes that the planner sealed are vouched for.
func TestExchangedInstruction(t *testing.T) {
	w, seller, _ := book(t)
	for _, h := range []order.Handling{{}, everything, {Pool: order.Natural}} {
		p, err := seller.PlanOrder(terms(order.Sell, 300, 100), everything)
		if err != nil {
			t.Fatal(err)
		}
		c := w.told(p.Action)
		c.Handling = h
		honest := p.Action.Instruction
		if p.Action.Instruction, err = seal.SealInstruction(w.epochKey, w.genesis.ChainID, p.Action.AAD(), c); err != nil {
			t.Fatal(err)
		}
		want(t, p.Sign(account("seller"), nil), rejection.BadPlan)
		p.Action.Instruction = honest
		if err := p.Sign(account("seller"), nil); err != nil {
			t.Errorf("the control: %v", err)
		}
	}
}

func TestHandlingRefused(t *testing.T) {
	_, seller, _ := book(t)
	now := uint64(seller.Params().Time)
	for name, c := range map[string]struct {
		h    order.Handling
		code rejection.Code
	}{
		"no such peg":          {order.Handling{Peg: order.Market + 1}, rejection.NonCanonical},
		"no such mode":         {order.Handling{SelfTrade: order.Decrement + 1}, rejection.NonCanonical},
		"no such pool":         {order.Handling{Pool: order.Natural + 1}, rejection.NonCanonical},
		"an offset of nothing": {order.Handling{Offset: 1}, rejection.NonCanonical},
		"over":                 {order.Handling{Until: now}, rejection.BadTerms},
		"long over":            {order.Handling{Until: 1}, rejection.BadTerms},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := seller.PlanOrder(terms(order.Sell, 300, 100), c.h)
			want(t, err, c.code)
		})
	}
	if _, err := seller.PlanOrder(terms(order.Sell, 300, 100), order.Handling{Until: now + 1}); err != nil {
		t.Errorf("the control: %v", err)
	}
}

// TestOldState: what an older wallet saved is refused, and the chain gives
// everything back.
func TestOldState(t *testing.T) {
	w, seller, _ := book(t)
	p, err := seller.PlanOrder(terms(order.Sell, 300, 500), everything)
	w.send(seller, p, err)
	b, err := seller.State().Encode()
	if err != nil {
		t.Fatal(err)
	}
	old := strings.Replace(string(b), `"Version":3`, `"Version":2`, 1)
	_, err = DecodeState([]byte(old), account("seller").Viewing(), keys.Development, w.terms())
	want(t, err, rejection.BadFile)

	config := seller.config
	config.Store = &drawer{b: []byte(strings.ReplaceAll(string(seller.saved), `"Version":2`, `"Version":1`))}
	_, err = Open(config)
	want(t, err, rejection.BadFile)
	config.Rescan = true
	again, err := Open(config)
	if err != nil {
		t.Fatal(err)
	}
	w.sync(again)
	if d := cmp.Diff(seller.State().Orders, again.State().Orders); d != "" || again.State().Orders[0].Handling != everything {
		t.Error(d)
	}
}

// TestExpiryAfter: the covenant's bound is not before the time that the enclaves
// are asked for, while blocks are no faster than assumed, and never wraps.
func TestExpiryAfter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Params{Time: rapid.Int64Range(0, 1<<40).Draw(t, "now"), Height: uint64(rapid.Uint32().Draw(t, "height"))}
		until := rapid.OneOf(rapid.Uint64(), rapid.Uint64Range(uint64(p.Time), uint64(p.Time)+1<<33)).Draw(t, "until")
		e := p.ExpiryAfter(until)
		if uint64(e) <= p.Height && e != math.MaxUint32 {
			t.Fatalf("expired at birth: %d", e)
		}
		blocks := uint64(e) - p.Height // made before it at the fastest
		if e != math.MaxUint32 && uint64(p.Time)+blocks/BlocksPerSecond < until {
			t.Fatalf("%d blocks are over before %d", blocks, until)
		}
	})
	if e := (Params{Time: 1000, Height: 50}).ExpiryAfter(1010); e != 50+4*11 {
		t.Errorf("%d", e)
	}
}
