package machine

import (
	"errors"
	"testing"

	"github.com/nightjar/nightjar/engine/book"
	"github.com/nightjar/nightjar/engine/epoch"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/seal"
)

// TestAdmissible: each reason for which an announced order never rests.
func TestAdmissible(t *testing.T) {
	for name, spoil := range map[string]func(*order.Order){
		"nothing wrong":       func(*order.Order) {},
		"unknown market":      func(o *order.Order) { o.Terms.Market = 3 },
		"base of another":     func(o *order.Order) { o.Terms.Base = 11; o.Asset = 11 },
		"quote of another":    func(o *order.Order) { o.Terms.Quote = 21 },
		"lot size of another": func(o *order.Order) { o.Terms.LotSize++; o.Value += o.Terms.Qty },
		"under-funded":        func(o *order.Order) { o.Value-- },
		"over-funded":         func(o *order.Order) { o.Value++ },
		"funded in quote":     func(o *order.Order) { o.Asset = 20 },
		"too small":           func(o *order.Order) { o.Terms.Qty = 1; o.Value = o.Terms.LotSize },
		"empty":               func(o *order.Order) { o.Terms.Qty = 0; o.Value = 0 },
		"fee cap too low":     func(o *order.Order) { o.Terms.MaxFee = 9 },
		"expired on arrival":  func(o *order.Order) { o.Terms.Expiry = 2 },
		"impossible minimum":  func(o *order.Order) { o.Terms.MinFill = o.Terms.Qty + 1 },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			terms := w.terms(1, order.Sell, 10, 100)
			o := order.Order{Terms: terms, Asset: 10, Value: 50, OID: oid("Ann"), C: w.fresh(), S: w.fresh()}
			spoil(&o)
			w.announce("o", o, order.Handling{})
			for range delay + 1 {
				w.block()
			}
			if rests := len(w.m.Book()) == 1; rests != (name == "nothing wrong") {
				t.Fatalf("rests: %v", rests)
			}
		})
	}
}

// TestForeignOpening: an opening that is not slot 0's never rests.
func TestForeignOpening(t *testing.T) {
	w := newWorld(t)
	terms := w.terms(1, order.Sell, 10, 100)
	o := order.Order{Terms: terms, Asset: 10, Value: 50, OID: oid("Ann"), C: w.fresh(), S: w.fresh()}
	w.admit(w.fresh(), w.fresh(), seal.Command{Kind: seal.NewOrder, Order: o})
	for range delay + 1 {
		w.block()
	}
	if n := len(w.m.Book()); n != 0 {
		t.Fatalf("%d orders", n)
	}
}

// TestSoftCancelNeedsTheSecret: the commitment alone, which is public, cancels
// nothing.
func TestSoftCancelNeedsTheSecret(t *testing.T) {
	w := newWorld(t)
	w.place("o", "Ann", w.terms(1, order.Sell, 10, 100), order.Handling{})
	ocm := w.orders["o"].order.Commitment()
	for range delay + 2 {
		w.command(seal.Command{Kind: seal.Cancel, OCM: ocm, S: w.fresh()})
		w.block()
	}
	if n := len(w.m.Book()); n != 1 {
		t.Fatalf("%d orders", n)
	}
}

// TestFaults: what no ledger would feed is reported, not repaired.
func TestFaults(t *testing.T) {
	for _, height := range []uint32{0, 1, 3} {
		if _, err := New(1).Step(Block{Height: height}); !errors.Is(err, ErrSequence) {
			t.Fatalf("block %d after 1: %v", height, err)
		}
	}
	for name, spoil := range map[string]func(*Settled){
		"report":    func(s *Settled) { s.Report.SetOne() },
		"remainder": func(s *Settled) { s.Remainder.SetOne() },
		"auction":   func(s *Settled) { s.Auction++ },
	} {
		w := newWorld(t)
		w.place("a", "Ann", w.terms(1, order.Buy, 10, 101), order.Handling{})
		w.place("b", "Bob", w.terms(1, order.Sell, 4, 99), order.Handling{})
		for range delay + 2 {
			w.block()
		}
		matched := w.matched
		w.lockNow = &matched
		w.block()
		leg := matched.Groups[0].Public.Legs[0]
		s := Settled{Auction: matched.Height, Nullifier: leg.Nullifier, Remainder: leg.Remainder, Position: w.leaves + 2, Report: leg.Report}
		spoil(&s)
		if _, err := w.m.Step(Block{Height: w.height + 1, Chain: w.chain, Settled: []Settled{s}}); !errors.Is(err, ErrReport) {
			t.Fatalf("%s: %v", name, err)
		}
	}
}

// FuzzDecode: whatever decodes encodes to the same bytes.
func FuzzDecode(f *testing.F) {
	w := newWorld(f)
	w.place("a", "Ann", w.terms(1, order.Buy, 10, 101), order.Handling{})
	for range delay + 1 {
		w.block()
	}
	w.command(seal.Command{Kind: seal.Heartbeat, OID: oid("Ann"), Blocks: 9})
	w.place("b", "Bob", w.terms(1, order.Sell, 4, 99), order.Handling{})
	w.block()
	f.Add(w.m.Encode())
	for i, owner := range []string{"Ann", "Bob", "Cid"} {
		w.m.put(trade{book.Pool{Market: 1, Kind: order.Natural}, w.height, owner, order.Side(i % 2), 3, 100})
	}
	f.Add(w.m.Encode())
	w.traded[book.Pool{Market: 1, Kind: order.Natural}] = 3
	for range 5 {
		w.block()
	}
	w.m.put(trade{book.Pool{Market: 1, Kind: order.Natural}, w.height, "Dan", order.Buy, 3, 100})
	f.Add(w.m.Encode())
	f.Add(New(5).Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Decode(b, w.chain)
		if err == nil && string(m.Encode()) != string(b) {
			t.Fatal("two encodings of one state")
		}
	})
}

// TestSecretDecidesTheDraws: another secret makes the same trades with other
// salts, blinds and padding.
func TestSecretDecidesTheDraws(t *testing.T) {
	w := newWorld(t)
	w.place("a", "Ann", w.terms(1, order.Buy, 10, 101), order.Handling{})
	w.place("b", "Bob", w.terms(1, order.Sell, 4, 99), order.Handling{})
	w.place("c", "Cid", w.terms(1, order.Sell, 6, 99), order.Handling{})
	for range delay + 2 {
		w.block()
	}
	other, err := w.m.Auction(epoch.Secret{8})
	if err != nil {
		t.Fatal(err)
	}
	g, h := w.last.Groups[0], other.Groups[0]
	if g.Execution != h.Execution || len(g.Legs) != len(h.Legs) || other.StateDigest != w.last.StateDigest {
		t.Fatal("the secret changed the trades")
	}
	if g.Salt == h.Salt || g.Binding == h.Binding || g.Fee.R == h.Fee.R || g.Public.FeeOpening == h.Public.FeeOpening {
		t.Fatal("a draw does not depend on the secret")
	}
}

// TestCapOfFills: an auction never has more legs than can be proven in time;
// what does not fit waits for the next one.
func TestCapOfFills(t *testing.T) {
	w := newWorld(t)
	for i := range 6 {
		w.place(string(rune('a'+i)), string(rune('a'+i)), w.terms(1, order.Buy, 2, 101), order.Handling{})
		w.place(string(rune('g'+i)), string(rune('g'+i)), w.terms(1, order.Sell, 2, 99), order.Handling{})
		w.place(string(rune('m'+i)), string(rune('m'+i)), w.terms(4, order.Buy, 2, 51), order.Handling{})
		w.place(string(rune('s'+i)), string(rune('s'+i)), w.terms(4, order.Sell, 2, 49), order.Handling{})
	}
	for range delay + 2 {
		w.block()
	}
	w.audit(w.last)
	if len(w.last.Groups) != 1 || len(w.last.Groups[0].Legs) != 8 {
		t.Fatalf("%d groups", len(w.last.Groups))
	}
	w.chain.Params.MaxFills = 14 // 8 for one market, 4 for the other
	w.block()
	w.audit(w.last)
	if len(w.last.Groups) != 2 || len(w.last.Groups[0].Legs)+len(w.last.Groups[1].Legs) != 8+4 {
		t.Fatalf("%d groups", len(w.last.Groups))
	}
}
