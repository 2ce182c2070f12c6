package auction

import (
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/nightjar/nightjar/internal/testkit/cpu"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/order"
)

// The size of the benchmarks: orders that rest, and that come and go between
// two auctions.
const (
	resting = 1_000_000
	fresh   = 10_000
)

// trader makes orders around a reference of 100,000.
type trader struct {
	*rand.Rand
	made int
}

func (r *trader) order() Order {
	o := Order{
		Side: order.Side(r.IntN(2)), Qty: 1 + r.Uint64N(1000), Band: order.NoBand,
		Arrival: uint32(r.made / 500),
	}
	r.made++
	return o
}

// away rests outside the cross.
func (r *trader) away() Order {
	o, far := r.order(), 1+r.Uint64N(5000)
	if o.Limit = 100_000 + far; o.Side == order.Buy {
		o.Limit = 100_000 - far
	}
	return o
}

// spread rests away in nine cases of ten, and else anywhere.
func (r *trader) spread() Order {
	o := r.away()
	if r.IntN(10) == 0 {
		o.Limit = 99_000 + r.Uint64N(2000)
	}
	return o
}

// mid follows the reference, with a cap that does not bind.
func (r *trader) mid() Order {
	o := r.order()
	o.Peg = order.Mid
	if o.Limit = 110_000 - r.Uint64N(1000); o.Side == order.Sell {
		o.Limit = 90_000 + r.Uint64N(1000)
	}
	return o
}

// BenchmarkMillion: a book of a million orders, of which in each step 10,000,
// drawn at random, are cancelled, as many of the same sort are inserted, and an
// auction is held. An insertion is measured as the engine does it, all orders of
// a block in one call, and one by one. CPU time.
func BenchmarkMillion(b *testing.B) {
	for _, c := range []struct {
		name string
		draw func(*trader) Order
	}{
		{"spread", (*trader).spread},
		{"mid", (*trader).mid},
	} {
		b.Run(c.name, func(b *testing.B) {
			r := &trader{Rand: rand.New(rand.NewPCG(1, 2))}
			book := New()
			var ids, gone []ID // of whom no other order rests: number i is owner i's
			for i := range resting {
				o := c.draw(r)
				o.Owner = Owner(i)
				ids = append(ids, book.Insert(o))
			}
			orders := make([]Order, fresh)
			fill := make([]ID, 0, fresh)
			call := Call{
				Market:    market.Record{ID: 1, Base: 1, Quote: 2, LotSize: 1, Tick: 2, Collar: 1000, MinQty: 1},
				Reference: Quote{Bid: 99_990, Mid: 100_000, Ask: 100_010}, MaxFills: 64,
			}
			// replace cancels random orders and inserts others of the same owners.
			replace := func(insert func()) (cancelled, inserted time.Duration) {
				gone = gone[:0]
				for i := range orders {
					owner := Owner(r.IntN(resting))
					for ids[owner] == 0 { // already in this step
						owner = Owner(r.IntN(resting))
					}
					gone, ids[owner] = append(gone, ids[owner]), 0
					orders[i] = c.draw(r)
					orders[i].Owner = owner
				}
				start := cpu.Now()
				for _, id := range gone {
					book.Remove(id)
				}
				middle := cpu.Now()
				insert()
				end := cpu.Now()
				for i, o := range orders {
					ids[o.Owner] = fill[i]
				}
				return middle - start, end - middle
			}
			together := func() { fill = book.InsertAll(fill[:0], orders) }
			single := func() {
				fill = fill[:0]
				for _, o := range orders {
					fill = append(fill, book.Insert(o))
				}
			}
			var cancel, one, all, clear time.Duration
			var allocs uint64
			for n := 0; b.Loop(); n++ {
				before := mallocs()
				x, y := replace(single)
				v, w := replace(together)
				allocs += mallocs() - before
				cancel, one, all = cancel+x+v, one+y, all+w
				call.Rank = func(id ID) uint64 { return (uint64(id) + uint64(n)) * 0x9e3779b97f4a7c15 }
				start := cpu.Now()
				if res := book.Clear(call); res.Reason != Cleared || len(res.Fills) < call.MaxFills/2 {
					b.Fatalf("%v, %d fills", res.Reason, len(res.Fills))
				}
				clear += cpu.Now() - start
			}
			each := float64(b.N * fresh)
			b.ReportMetric(float64(all)/each, "insert-cpu-ns")
			b.ReportMetric(float64(one)/each, "single-cpu-ns")
			b.ReportMetric(float64(cancel)/each/2, "cancel-cpu-ns")
			b.ReportMetric(float64(allocs/uint64(2*b.N*fresh)), "allocs/order") // whole ones, as allocs/op are
			b.ReportMetric(float64(clear)/float64(b.N)/1e6, "clear-cpu-ms")
		})
	}
}

// mallocs returns how many objects were ever allocated.
func mallocs() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Mallocs
}
