package ledger

import (
	"cmp"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/market"
)

// TestBidsAndAsksHaveTheirOwnMedians: the two medians may come from different
// validators; the table of the circuits says what is between them.
func TestBidsAndAsksHaveTheirOwnMedians(t *testing.T) {
	w := newWorld(t)
	w.skip(1)
	w.apply(w.quotes([2]uint64{90, 140}, [2]uint64{98, 105}, [2]uint64{97, 200}, [2]uint64{104, 104}).Encode())
	ref := w.state.References()[0] // bids 90 97 98 104, asks 104 105 140 200
	if ref.Quote != (market.Quote{Bid: 97, Mid: 101, Ask: 105}) || ref.Market != 5 {
		t.Errorf("%+v", ref)
	}
	if got, want := w.state.references.Leaf(5), market.RefLeaf(5, 101); got != want {
		t.Error("the table's leaf")
	}
	e := only[ReferencesChanged](t, w.last.Events)
	if !slices.Equal(e.References, w.state.References()) {
		t.Errorf("%+v", e)
	}
}

// drawnQuotes are quotes with the power behind them, as votes bring them.
func drawnQuotes(t *rapid.T) (bids, asks []weighted) {
	price := rapid.OneOf(rapid.Uint64Range(1, 20), rapid.Uint64Min(1))
	for range rapid.IntRange(1, 9).Draw(t, "quotes") {
		bid := price.Draw(t, "bid")
		power := rapid.Uint64Range(1, 9).Draw(t, "power")
		bids = append(bids, weighted{bid, power})
		asks = append(asks, weighted{max(bid, price.Draw(t, "ask")), power})
	}
	return bids, asks
}

// definition is spec/10's: the smallest price p with 2·power(≤ p) ≥ Σ.
func definition(ws []weighted) uint64 {
	for _, p := range slices.SortedFunc(slices.Values(ws), func(a, b weighted) int { return cmp.Compare(a.price, b.price) }) {
		var below, sum uint64
		for _, w := range ws {
			if sum += w.power; w.price <= p.price {
				below += w.power
			}
		}
		if 2*below >= sum {
			return p.price
		}
	}
	return 0
}

// TestMediansAreAQuote: whatever quotes there are, the median of the bids is
// at most that of the asks, and the sequence of the votes changes neither.
func TestMediansAreAQuote(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bids, asks := drawnQuotes(t)
		var total uint64
		for _, b := range bids {
			total += b.power
		}
		wantBid, wantAsk := definition(bids), definition(asks)
		order := rapid.Permutation(bids).Draw(t, "sequence")
		bid, ask := median(order, total), median(asks, total)
		if bid != wantBid || ask != wantAsk {
			t.Fatalf("medians %d and %d, the definition says %d and %d", bid, ask, wantBid, wantAsk)
		}
		q := market.NewQuote(bid, ask)
		if !(0 < bid && bid <= q.Mid && q.Mid <= ask) {
			t.Fatalf("%+v is no quote", q)
		}
	})
}

// TestMinorityStaysInTheRange: validators with less than a third of all power,
// whoever else's quotes are missing or not, move neither median out of the
// range of the others' quotes.
func TestMinorityStaysInTheRange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bids, asks := drawnQuotes(t)
		var sum uint64
		for _, b := range bids {
			sum += b.power
		}
		// Of all power, sum is more than two thirds; the last ones are the liars.
		total := rapid.Uint64Range(sum, (3*sum-1)/2).Draw(t, "total")
		var lying uint64
		honest := len(bids)
		for honest > 0 && 3*(lying+bids[honest-1].power) < total {
			honest--
			lying += bids[honest].power
		}
		within := func(name string, all []weighted) {
			price := func(a, b weighted) int { return cmp.Compare(a.price, b.price) }
			low, high := slices.MinFunc(all[:honest], price).price, slices.MaxFunc(all[:honest], price).price
			if m := median(slices.Clone(all), total); m < low || m > high {
				t.Fatalf("%s: %d is outside %d to %d", name, m, low, high)
			}
		}
		within("bids", bids)
		within("asks", asks)
	})
}

// TestSwingIsKept: the state says how far the mid moved since the last block of
// the auction interval before.
func TestSwingIsKept(t *testing.T) {
	g := testGenesis()
	g.Constants.AuctionInterval = 4
	w := newWorldOf(t, g)
	for w.height()%4 != 3 {
		w.skip(1)
	}
	step := func(mid uint64, want market.Reference) {
		t.Helper()
		want.Market = 5
		want.Quote = market.NewQuote(mid-min(mid, 1), mid+min(mid, 1))
		if mid > 0 {
			w.apply(w.quotes([2]uint64{want.Bid, want.Ask}, [2]uint64{want.Bid, want.Ask}, [2]uint64{want.Bid, want.Ask}).Encode())
		} else {
			w.skip(1)
		}
		if got := w.state.References()[0]; got != want {
			t.Fatalf("block %d: %+v, want %+v", w.height(), got, want)
		}
	}
	// The first reference ever: there was none before its interval.
	step(10_000, market.Reference{Open: 0, Swing: 65535})
	step(10_000, market.Reference{Open: 0, Swing: 65535})
	step(10_000, market.Reference{Open: 0, Swing: 65535})
	step(10_000, market.Reference{Open: 0, Swing: 65535})
	// The next: from 10,000 on; a move and the way back are both counted.
	step(10_050, market.Reference{Open: 10_000, Swing: 50})
	step(10_201, market.Reference{Open: 10_000, Swing: 201})
	step(10_000, market.Reference{Open: 10_000, Swing: 201})
	step(9_990, market.Reference{Open: 10_000, Swing: 201})
	// Another: the move from the last block of the one before counts here.
	step(10_190, market.Reference{Open: 9_990, Swing: 201})
	record := w.state.Markets()[0]
	if ref := w.state.References()[0]; !record.Unstable(ref.Swing) || record.Unstable(ref.Swing-1) {
		t.Errorf("halt at %d bp, moved %d bp", record.Halt, ref.Swing)
	}
}
