package auction

import (
	"math/rand/v2"
	"testing"

	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/order"
)

const million = 1_000_000

var benchMarket = market.Record{ID: 1, Base: 1, Quote: 2, LotSize: 1, Tick: 2, Collar: 1000, MinQty: 1}

// spread is an order that rests away from the reference, 100,000.
func spread(r *rand.Rand, i int) Order {
	o := Order{Side: order.Side(r.IntN(2)), Qty: 1 + r.Uint64N(1000), Band: order.NoBand, Owner: Owner(i), Arrival: uint32(i / 500), SelfTrade: order.Newest}
	away := 1 + r.Uint64N(5000)
	if o.Limit = 100_000 + away; o.Side == order.Buy {
		o.Limit = 100_000 - away
	}
	return o
}

// atMid is an order that is pegged to the reference.
func atMid(r *rand.Rand, i int) Order {
	o := spread(r, i)
	o.Peg = order.Mid
	if o.Limit = 110_000 - r.Uint64N(1000); o.Side == order.Sell {
		o.Limit = 90_000 + r.Uint64N(1000)
	}
	return o
}

func preload(make func(*rand.Rand, int) Order) (*Book, []ID, *rand.Rand) {
	b, r := New(), rand.New(rand.NewPCG(1, 2))
	ids := make_(million)
	for i := range ids {
		ids[i] = b.Insert(make(r, i))
	}
	b.Clear(benchCall(0))
	return b, ids, r
}

func make_(n int) []ID { return make([]ID, n) }

func benchCall(salt uint64) Call {
	return Call{
		Market: benchMarket, Reference: Quote{Bid: 99_990, Mid: 100_000, Ask: 100_010}, MaxFills: 64,
		Rank: func(id ID) uint64 { return (uint64(id) + salt) * 0x9e3779b97f4a7c15 },
	}
}

func BenchmarkInsertCancel(b *testing.B) {
	book, ids, r := preload(spread)
	orders := make([]Order, 1<<16)
	for i := range orders {
		orders[i] = spread(r, million+i)
	}
	b.Run("insert", func(b *testing.B) {
		b.ReportAllocs()
		for i := range b.N {
			o := orders[i%len(orders)]
			o.Arrival = uint32((million + i) / 500)
			ids = append(ids, book.Insert(o))
		}
	})
	r.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	b.Run("cancel", func(b *testing.B) {
		b.ReportAllocs()
		for i := range b.N {
			if len(ids) == 0 {
				b.Fatal(i)
			}
			book.Remove(ids[len(ids)-1])
			ids = ids[:len(ids)-1]
		}
	})
}

func BenchmarkClear(b *testing.B) {
	for name, kind := range map[string]func(*rand.Rand, int) Order{"spread": spread, "mid": atMid} {
		b.Run(name, func(b *testing.B) {
			book, ids, r := preload(kind)
			b.ReportAllocs()
			b.ResetTimer()
			for n := range b.N {
				for i := range 10_000 {
					at := r.IntN(len(ids))
					book.Remove(ids[at])
					o := kind(r, million+n*10_000+i)
					if name == "spread" && i%10 == 0 {
						o.Limit = 99_000 + r.Uint64N(2000)
					}
					ids[at] = book.Insert(o)
				}
				res := book.Clear(benchCall(uint64(n)))
				if n == 0 {
					b.Logf("%v price %d volume %d fills %d of %d", res.Reason, res.Price, res.Volume, len(res.Fills), book.Len())
				}
			}
		})
	}
}
