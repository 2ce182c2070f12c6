package auction

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/order"
)

// TestBruteForce: the volume is the largest that any price and any choice of
// orders allows, as far as the cap does not bind; price and fills are those of
// the model, which tries every allocation; in a book that has seen many others.
func TestBruteForce(t *testing.T) {
	book := New()
	cleared, capped, exact := 0, 0, 0
	seeds(t, 20_000, func(_ *rand.Rand, s scene) {
		got := s.in(book)
		most := uint64((&model{scene: s}).maximum())
		if got.Volume > most || got.Volume < most && len(s.orders) <= s.MaxFills {
			t.Errorf("%d of %d lots", got.Volume, most)
		}
		if want := (&model{scene: s}).clear(); got.Price != want.price || got.Volume != want.volume || !slices.Equal(got.Fills, want.fills) {
			t.Errorf("%+v, the model says %+v", got, want)
		}
		if got.Volume > 0 {
			cleared++
		}
		if got.Volume < most {
			capped++
		}
		if got.Exact {
			exact++
		}
	})
	if cleared < 4000 || capped < 50 || exact < 200 {
		t.Errorf("%d cleared, %d of them capped, %d exact", cleared, capped, exact)
	}
}

// TestNoPriceTradesMore: the candidates miss nothing. Without minima, no price
// of the collar has more executable volume than the one chosen.
func TestNoPriceTradesMore(t *testing.T) {
	seeds(t, 2000, func(_ *rand.Rand, s scene) {
		s.MaxFills = len(s.orders) + 2
		for i := range s.orders {
			s.orders[i].MinFill = 0
		}
		got := s.clear()
		m := &model{scene: s}
		in := m.begin()
		for p := uint64(1); p < modelTop; p++ {
			if most := min(m.total(m.side(order.Buy, p, in)), m.total(m.side(order.Sell, p, in))); most > got.Volume {
				t.Errorf("price %d trades %d lots, %d trades %d", p, most, got.Price, got.Volume)
			}
		}
	})
}

// TestTerms: the invariant of the package.
func TestTerms(t *testing.T) {
	seeds(t, 20_000, func(_ *rand.Rand, s scene) { checkTerms(t, s, s.clear()) })
}

func checkTerms(t interface{ Errorf(string, ...any) }, s scene, r Result) {
	if (r.Reason == Cleared) != (len(r.Fills) > 0) {
		t.Errorf("%v with %d fills", r.Reason, len(r.Fills))
	}
	withheld := map[ID]uint64{}
	for _, f := range r.Withheld {
		if _, twice := withheld[f.Order]; twice || f.Lots == 0 || f.Lots > s.orders[f.Order-1].Qty {
			t.Errorf("%d lots of order %d withheld", f.Lots, f.Order)
		}
		withheld[f.Order] = f.Lots
	}
	if r.Reason != Cleared {
		return
	}
	if r.Dev != market.Deviation(r.Price, s.Reference.Mid) || r.Dev > s.Market.Collar || !s.Market.OnTick(r.Price) {
		t.Errorf("price %d at %d bp", r.Price, r.Dev)
	}
	if len(r.Fills) > s.MaxFills {
		t.Errorf("%d fills, the cap is %d", len(r.Fills), s.MaxFills)
	}
	var lots [2]uint64
	seen := map[ID]bool{}
	sides := map[Owner]order.Side{}
	for _, f := range r.Fills {
		o := s.orders[f.Order-1]
		lots[o.Side] += f.Lots
		switch price, _ := s.Priority(o); {
		case seen[f.Order]:
			t.Errorf("order %d trades twice", f.Order)
		case f.Lots == 0 || f.Lots > o.Qty-withheld[f.Order]:
			t.Errorf("%d lots of %d", f.Lots, o.Qty)
		case f.Lots < o.MinFill && f.Lots != o.Qty:
			t.Errorf("%d lots under the minimum %d", f.Lots, o.MinFill)
		case r.Dev > o.Band, o.Side == order.Buy && r.Price > min(price, o.Limit), o.Side == order.Sell && r.Price < max(price, o.Limit):
			t.Errorf("price %d is past the terms of %+v", r.Price, o)
		}
		seen[f.Order] = true
		if side, ok := sides[o.Owner]; ok && side != o.Side {
			t.Errorf("owner %d trades with themselves", o.Owner)
		}
		sides[o.Owner] = o.Side
	}
	if lots[order.Buy] != lots[order.Sell] || lots[order.Buy] != r.Volume {
		t.Errorf("bought %d, sold %d, volume %d", lots[order.Buy], lots[order.Sell], r.Volume)
	}
}

// TestSequence: neither the sequence of insertions, nor what was in the book
// before, changes anything.
func TestSequence(t *testing.T) {
	used := New()
	seeds(t, 5000, func(r *rand.Rand, s scene) {
		perm := r.Perm(len(s.orders))
		shuffled := s
		shuffled.orders, shuffled.ranks = nil, nil
		for _, i := range perm {
			shuffled.orders, shuffled.ranks = append(shuffled.orders, s.orders[i]), append(shuffled.ranks, s.ranks[i])
		}
		want, got := s.clear(), shuffled.in(used)
		for i, f := range got.Fills {
			got.Fills[i].Order = ID(perm[f.Order-1] + 1)
		}
		if want.Price != got.Price || !slices.Equal(want.Fills, got.Fills) {
			t.Errorf("%+v became %+v", want, got)
		}
	})
}

func strict(o Order) bool { return min(o.MinFill, o.Qty) > 1 }

// TestMinimaOnlyAdd: orders with a minimum never cost the others volume.
func TestMinimaOnlyAdd(t *testing.T) {
	seeds(t, 5000, func(_ *rand.Rand, s scene) {
		s = s.strangers() // self-trade prevention may rightly cost volume
		s.MaxFills = 8
		plain, _ := s.without(func(i int) bool { return strict(s.orders[i]) })
		if all, without := s.clear(), plain.clear(); all.Volume < without.Volume {
			t.Errorf("%d lots with minima, %d without", all.Volume, without.Volume)
		}
	})
}

// TestIdleMinimaMoveNothing: without the orders with a minimum that traded
// nothing, price and fills are the same. (Where the auction without them trades
// less, because of the cap, the one with them rightly stands.)
func TestIdleMinimaMoveNothing(t *testing.T) {
	seeds(t, 5000, func(_ *rand.Rand, s scene) {
		s = s.strangers() // who sits out for self-trade depends on all orders
		with := s.clear()
		trades := func(i int) bool {
			return slices.ContainsFunc(with.Fills, func(f Fill) bool { return f.Order == ID(i+1) })
		}
		left, names := s.without(func(i int) bool { return strict(s.orders[i]) && !trades(i) })
		without := left.clear()
		for i, f := range without.Fills {
			without.Fills[i].Order = names[f.Order-1]
		}
		if without.Volume >= with.Volume && (without.Price != with.Price || !slices.Equal(without.Fills, with.Fills)) {
			t.Errorf("%+v, without them %+v", with, without)
		}
	})
}

// TestReductionsEnd: what self-trade prevention and idle minima keep out of an
// auction is back in the next.
func TestReductionsEnd(t *testing.T) {
	seeds(t, 2000, func(_ *rand.Rand, s scene) {
		b := New()
		s.Rank = func(id ID) uint64 { return s.ranks[id-1] }
		for _, o := range s.orders {
			b.Insert(o)
		}
		first := b.Clear(s.Call)
		first.Fills = slices.Clone(first.Fills)
		if again := b.Clear(s.Call); again.Price != first.Price || !slices.Equal(again.Fills, first.Fills) {
			t.Errorf("%+v became %+v", first, again)
		}
	})
}

// TestInsertAll: many orders at once are the same orders one by one, in a book
// that knows some of their buckets and owners already, and others not.
func TestInsertAll(t *testing.T) {
	for seed := range uint64(200) {
		r := &trader{Rand: rand.New(rand.NewPCG(seed, 5))}
		one, all := New(), New()
		var want, got []ID
		for range 4 {
			orders := make([]Order, r.IntN(4*ahead))
			for i := range orders {
				orders[i] = r.order()
				orders[i].Limit = 99_990 + r.Uint64N(20)
				orders[i].Owner = Owner(r.IntN(100))
				want = append(want, one.Insert(orders[i]))
			}
			got = all.InsertAll(got, orders)
			for n := len(want) / 3; n > 0; n-- {
				i := r.IntN(len(want))
				one.Remove(want[i])
				all.Remove(got[i])
				want, got = slices.Delete(want, i, i+1), slices.Delete(got, i, i+1)
			}
		}
		if !slices.Equal(want, got) || !slices.Equal(one.nodes, all.nodes) || !slices.Equal(one.buckets, all.buckets) || !slices.Equal(one.owners, all.owners) {
			t.Fatalf("seed %d: not the same book", seed)
		}
	}
}
