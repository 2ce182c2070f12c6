package auction

import (
	"math/rand/v2"
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

// BenchmarkMillion: a book of a million orders, of which in each step 10,000
// are cancelled, as many are inserted, and an auction is held. CPU time.
func BenchmarkMillion(b *testing.B) {
	for _, c := range []struct {
		name          string
		before, after func(*trader) Order
	}{
		{"spread", (*trader).away, (*trader).spread},
		{"mid", (*trader).mid, (*trader).mid},
	} {
		b.Run(c.name, func(b *testing.B) {
			r := &trader{Rand: rand.New(rand.NewPCG(1, 2))}
			book, orders := New(), make([]Order, fresh)
			type seat struct {
				id    ID
				owner Owner // of whom no other order rests
			}
			seats := make([]seat, resting)
			for i := range seats {
				o := c.before(r)
				o.Owner = Owner(i)
				seats[i] = seat{book.Insert(o), o.Owner}
			}
			call := Call{
				Market:    market.Record{ID: 1, Base: 1, Quote: 2, LotSize: 1, Tick: 2, Collar: 1000, MinQty: 1},
				Reference: Quote{Bid: 99_990, Mid: 100_000, Ask: 100_010}, MaxFills: 64,
			}
			var insert, cancel, clear time.Duration
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				for i := range orders {
					j := i + r.IntN(resting-i)
					seats[i], seats[j] = seats[j], seats[i]
					orders[i] = c.after(r)
					orders[i].Owner = seats[i].owner
				}
				call.Rank = func(id ID) uint64 { return (uint64(id) + uint64(n)) * 0x9e3779b97f4a7c15 }
				start := cpu.Now()
				for _, s := range seats[:fresh] {
					book.Remove(s.id)
				}
				cancelled := cpu.Now()
				for i, o := range orders {
					seats[i].id = book.Insert(o)
				}
				inserted := cpu.Now()
				if res := book.Clear(call); res.Reason != Cleared || len(res.Fills) < call.MaxFills/2 {
					b.Fatalf("%v, %d fills", res.Reason, len(res.Fills))
				}
				cancel, insert, clear = cancel+cancelled-start, insert+inserted-cancelled, clear+cpu.Now()-inserted
			}
			each := float64(b.N * fresh)
			b.ReportMetric(float64(insert)/each, "insert-cpu-ns")
			b.ReportMetric(float64(cancel)/each, "cancel-cpu-ns")
			b.ReportMetric(float64(clear)/float64(b.N)/1e6, "clear-cpu-ms")
		})
	}
}
