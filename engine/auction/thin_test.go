package auction

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/order"
)

// optimum is the most that all-or-none orders can trade at one price of a list:
// of each side the sums of subsets as bits, and the highest common one.
func optimum(orders []Order, prices []uint64) (most uint64) {
	for _, p := range prices {
		sums := [2]*big.Int{big.NewInt(1), big.NewInt(1)}
		for _, o := range orders {
			if o.Side == order.Buy && o.Limit >= p || o.Side == order.Sell && o.Limit <= p {
				s := sums[o.Side]
				s.Or(s, new(big.Int).Lsh(s, uint(o.Qty)))
			}
		}
		most = max(most, uint64(new(big.Int).And(sums[0], sums[1]).BitLen()-1))
	}
	return most
}

// TestThinBooks: on books of few all-or-none orders the auction trades what the
// best outcome would, or nearly, and never misses a possible trade.
func TestThinBooks(t *testing.T) {
	for _, n := range []int{12, 30} {
		var got, best, missed, traded uint64
		for seed := range uint64(400) {
			r := rand.New(rand.NewPCG(seed, uint64(n)))
			b := New()
			var orders []Order
			var prices []uint64
			for i := range n {
				o := Order{Side: order.Side(r.IntN(2)), Limit: 99_900 + r.Uint64N(201), Qty: 1 + r.Uint64N(1000), Band: order.NoBand, Owner: Owner(i), Arrival: uint32(i)}
				o.MinFill = o.Qty
				orders, prices = append(orders, o), append(prices, o.Limit)
				b.Insert(o)
			}
			most := optimum(orders, append(prices, 100_000))
			res := b.Clear(Call{
				Market:    market.Record{ID: 1, Base: 1, Quote: 2, LotSize: 1, Tick: 2, Collar: 1000, MinQty: 1},
				Reference: Quote{Bid: 99_990, Mid: 100_000, Ask: 100_010}, MaxFills: 64,
				Rank: func(id ID) uint64 { return uint64(id) },
			})
			got, best = got+res.Volume, best+most
			if most > 0 {
				traded++
				if res.Volume == 0 {
					missed++
				}
			}
		}
		t.Logf("%d orders: %d of %d lots (%.4f), missed %d of %d", n, got, best, float64(got)/float64(best), missed, traded)
		if missed > 0 || got*100 < best*99 {
			t.Errorf("%d orders: too little", n)
		}
	}
}
