package auction

import (
	"math/rand"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/order"
)

// calls draws small, crowded auctions: few prices, few owners, few blocks, so
// that every tie-break is met often.
func calls(minima bool) *rapid.Generator[Call] {
	return rapid.Custom(func(t *rapid.T) Call {
		c := Call{
			Market: market.Record{
				ID: 1, Base: 2, Quote: 3, LotSize: 5, MinQty: 1,
				Tick:   rapid.Uint64Range(1, 8).Draw(t, "tick"),
				Collar: rapid.SampledFrom([]uint16{0, 100, 500, 1000, 3000, order.NoBand}).Draw(t, "collar"),
			},
			Reference: rapid.Uint64Range(1, 120).Draw(t, "reference"),
			MaxFills:  1000,
			Up:        rapid.Bool().Draw(t, "up"),
		}
		n := rapid.SampledFrom([]int{0, 2, 3, 5, 8, 12, 16}).Draw(t, "orders")
		ties := rand.New(rand.NewSource(rapid.Int64().Draw(t, "ties"))).Perm(n)
		for i := range n {
			o := Order{
				Side:    order.Side(rapid.IntRange(0, 1).Draw(t, "side")),
				Limit:   c.Reference + rapid.Uint64Range(0, 24).Draw(t, "limit"),
				Qty:     rapid.Uint64Range(0, 12).Draw(t, "qty"),
				Band:    rapid.SampledFrom([]uint16{0, 200, 1000, order.NoBand, order.NoBand}).Draw(t, "band"),
				Owner:   field.FromUint64(rapid.Uint64Range(0, 19).Draw(t, "owner")),
				Arrival: rapid.Uint32Range(1, 3).Draw(t, "arrival"),
				Tie:     uint64(ties[i]),
			}
			o.Limit -= min(o.Limit-1, 12)
			if minima {
				o.MinFill = rapid.Uint64Range(0, o.Qty).Draw(t, "minimum")
			}
			c.Orders = append(c.Orders, o)
		}
		return c
	})
}

func lotsOf(r Result) map[int]uint64 {
	var lots map[int]uint64
	for _, f := range r.Fills {
		if lots == nil {
			lots = map[int]uint64{}
		}
		lots[f.Order] = f.Lots
	}
	return lots
}

// TestModel: price and allocation are those of the naive matcher.
func TestModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := calls(true).Draw(t, "call")
		got := Clear(c)
		price, lots := modelClear(c)
		if got.Price != price {
			t.Fatalf("price %d, the model says %d", got.Price, price)
		}
		if diff := cmp.Diff(lots, lotsOf(got)); diff != "" {
			t.Fatalf("fills (-model +engine):\n%s", diff)
		}
	})
}

// TestNoPriceTradesMore: the candidates miss nothing. Among all prices of the
// collar none has more executable volume than the one chosen.
func TestNoPriceTradesMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := calls(false).Draw(t, "call")
		got := Clear(c)
		in := modelSelfTrade(c)
		for p := uint64(1); p < modelTop; p++ {
			if d, s := modelVolume(c, in, p); min(d, s) > got.Volume {
				t.Fatalf("price %d trades %d lots, %d trades %d", p, min(d, s), got.Price, got.Volume)
			}
		}
	})
}

// TestTerms: the invariant of the package, with and without a tight cap.
func TestTerms(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := calls(true).Draw(t, "call")
		c.MaxFills = rapid.IntRange(0, 8).Draw(t, "cap")
		checkTerms(t, c, Clear(c))
	})
}

func checkTerms(t rapid.TB, c Call, r Result) {
	t.Helper()
	if (r.Reason == Cleared) != (len(r.Fills) > 0) {
		t.Fatalf("%v with %d fills", r.Reason, len(r.Fills))
	}
	if r.Reason != Cleared {
		return
	}
	if r.Dev != market.Deviation(r.Price, c.Reference) || r.Dev > c.Market.Collar || !c.Market.OnTick(r.Price) {
		t.Fatalf("price %d at %d bp", r.Price, r.Dev)
	}
	if len(r.Fills) > c.MaxFills {
		t.Fatalf("%d fills, the cap is %d", len(r.Fills), c.MaxFills)
	}
	var side [2]uint64
	sides := map[field.Element]order.Side{}
	for i, f := range r.Fills {
		o := c.Orders[f.Order]
		side[o.Side] += f.Lots
		switch {
		case i > 0 && r.Fills[i-1].Order >= f.Order:
			t.Fatal("fills are not ascending")
		case f.Lots == 0 || f.Lots > o.Qty:
			t.Fatalf("%d lots of %d", f.Lots, o.Qty)
		case f.Lots < o.MinFill && f.Lots != o.Qty:
			t.Fatalf("%d lots under the minimum %d", f.Lots, o.MinFill)
		case r.Dev > o.Band, o.Side == order.Buy && r.Price > o.Limit, o.Side == order.Sell && r.Price < o.Limit:
			t.Fatalf("price %d is past the terms of %+v", r.Price, o)
		}
		if s, ok := sides[o.Owner]; ok && s != o.Side {
			t.Fatal("an owner trades with themselves")
		}
		sides[o.Owner] = o.Side
	}
	if side[order.Buy] != side[order.Sell] || side[order.Buy] != r.Volume {
		t.Fatalf("bought %d, sold %d, volume %d", side[order.Buy], side[order.Sell], r.Volume)
	}
}

// TestSequence: the sequence of the orders in the call changes only indices.
func TestSequence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := calls(true).Draw(t, "call")
		c.MaxFills = rapid.IntRange(2, 20).Draw(t, "cap")
		perm := rand.New(rand.NewSource(rapid.Int64().Draw(t, "seed"))).Perm(len(c.Orders))
		shuffled := c
		shuffled.Orders = nil
		for _, i := range perm {
			shuffled.Orders = append(shuffled.Orders, c.Orders[i])
		}
		want := Clear(c)
		got := Clear(shuffled)
		lots := map[int]uint64{}
		for _, f := range got.Fills {
			lots[perm[f.Order]] = f.Lots
		}
		if want.Price != got.Price || len(want.Fills) != len(lots) {
			t.Fatalf("%+v became %+v", want, got)
		}
		for _, f := range want.Fills {
			if lots[f.Order] != f.Lots {
				t.Fatalf("order %d: %d lots became %d", f.Order, f.Lots, lots[f.Order])
			}
		}
	})
}

// TestMinimaOnlyAdd: orders with a minimum never cost the others volume.
func TestMinimaOnlyAdd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := calls(true).Draw(t, "call")
		for i := range c.Orders { // self-trade prevention may rightly cost volume
			c.Orders[i].Owner = field.FromUint64(uint64(i))
		}
		plain := c
		plain.Orders = nil
		for _, o := range c.Orders {
			if min(o.MinFill, o.Qty) <= 1 {
				plain.Orders = append(plain.Orders, o)
			}
		}
		if all, without := Clear(c), Clear(plain); all.Volume < without.Volume {
			t.Fatalf("%d lots with minima, %d without", all.Volume, without.Volume)
		}
	})
}

// TestIdleMinimaMoveNothing: without the orders with a minimum that traded
// nothing, price and fills are the same. (Where the auction without them trades
// less, the one with them rightly stands.)
func TestIdleMinimaMoveNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := calls(true).Draw(t, "call")
		for i := range c.Orders { // who sits out for self-trade depends on all orders
			c.Orders[i].Owner = field.FromUint64(uint64(i))
		}
		with := Clear(c)
		lots := lotsOf(with)
		trading := c
		trading.Orders = nil
		var kept []int
		for i, o := range c.Orders {
			if lots[i] > 0 || min(o.MinFill, o.Qty) <= 1 {
				trading.Orders = append(trading.Orders, o)
				kept = append(kept, i)
			}
		}
		without := Clear(trading)
		if without.Volume < with.Volume {
			return
		}
		if without.Price != with.Price || len(without.Fills) != len(with.Fills) {
			t.Fatalf("%+v, without them %+v", with, without)
		}
		for _, f := range without.Fills {
			if lots[kept[f.Order]] != f.Lots {
				t.Fatalf("order %d: %d lots, without them %d", kept[f.Order], lots[kept[f.Order]], f.Lots)
			}
		}
	})
}

// FuzzClear throws whole auctions of any magnitude at the invariant.
func FuzzClear(f *testing.F) {
	f.Add([]byte("seed"))
	f.Fuzz(rapid.MakeFuzz(func(t *rapid.T) {
		c := Call{
			Market:    market.Record{Tick: rapid.Uint64Range(1, 1<<63-1).Draw(t, "tick"), Collar: rapid.Uint16().Draw(t, "collar")},
			Reference: rapid.Uint64().Draw(t, "reference"),
			MaxFills:  rapid.IntRange(0, 12).Draw(t, "cap"),
		}
		for range rapid.IntRange(0, 10).Draw(t, "orders") {
			c.Orders = append(c.Orders, Order{
				Side:    order.Side(rapid.IntRange(0, 1).Draw(t, "side")),
				Limit:   rapid.Uint64().Draw(t, "limit"),
				Qty:     rapid.Uint64().Draw(t, "qty"),
				MinFill: rapid.Uint64().Draw(t, "minimum"),
				Band:    rapid.Uint16().Draw(t, "band"),
				Owner:   field.FromUint64(rapid.Uint64Range(0, 5).Draw(t, "owner")),
				Arrival: rapid.Uint32().Draw(t, "arrival"),
				Tie:     rapid.Uint64().Draw(t, "tie"),
			})
		}
		checkTerms(t, c, Clear(c))
	}))
}
