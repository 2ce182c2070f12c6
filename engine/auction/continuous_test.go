package auction

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/nightjar/nightjar/internal/bench/workload"
	"github.com/nightjar/nightjar/internal/testkit/cpu"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/order"
)

// stage plays the workload of a continuous market as a series of calls. The
// operations between two calls are a block's: new orders come first, then
// cancels; the call trades what crosses; who has traded leaves, and a remainder
// rests in its place.
type stage struct {
	book    *Book
	ids     []ID    // by an order's number; 0 if it does not rest
	resting []Order // by id
	numbers []uint32
	fresh   []Order
	named   []uint32 // the numbers of fresh
	gone    []uint32
	made    []ID
	known   Owner   // numbers below it were given
	owners  []Owner // numbers that nobody has: every order is another owner's
	traded  uint64
}

// play lets operations between two calls happen, and holds the call.
func (s *stage) play(ops []workload.Op, block uint32) {
	s.fresh, s.named, s.gone = s.fresh[:0], s.named[:0], s.gone[:0]
	for _, op := range ops {
		if op.Cancel {
			s.gone = append(s.gone, op.Order)
			continue
		}
		o := Order{Side: order.Sell, Limit: uint64(op.Price), Qty: uint64(op.Lots), Band: order.NoBand, Owner: s.owner(), Arrival: block}
		if op.Buy {
			o.Side = order.Buy
		}
		s.fresh, s.named = append(s.fresh, o), append(s.named, op.Order)
	}
	s.made = s.book.InsertAll(s.made[:0], s.fresh)
	for i, id := range s.made {
		s.rest(id, s.named[i], s.fresh[i])
	}
	for _, number := range s.gone {
		if id := s.ids[number]; id != 0 {
			s.remove(id)
		}
	}
	r := s.book.Clear(Call{
		Market:    market.Record{ID: 1, Base: 1, Quote: 2, LotSize: 1, Tick: 2, Collar: 1000, MinQty: 1},
		Reference: Quote{Bid: workload.Mid - 1, Mid: workload.Mid, Ask: workload.Mid + 1}, MaxFills: 1 << 30,
		Rank: func(id ID) uint64 { return (uint64(id) + uint64(block)) * 0x9e3779b97f4a7c15 },
	})
	s.traded += r.Volume
	for _, f := range r.Fills {
		o, number := s.resting[f.Order], s.numbers[f.Order]
		s.remove(f.Order)
		if o.Qty -= f.Lots; o.Qty > 0 {
			o.Owner = s.owner()
			s.rest(s.book.Insert(o), number, o)
		}
	}
}

func (s *stage) rest(id ID, number uint32, o Order) {
	for int(id) >= len(s.resting) {
		s.resting, s.numbers = append(s.resting, Order{}), append(s.numbers, 0)
	}
	s.ids[number], s.resting[id], s.numbers[id] = id, o, number
}

func (s *stage) remove(id ID) {
	s.book.Remove(id)
	s.ids[s.numbers[id]] = 0
	s.owners = append(s.owners, s.resting[id].Owner)
}

// owner returns a number that no resting order's owner has.
func (s *stage) owner() Owner {
	if n := len(s.owners); n > 0 {
		o := s.owners[n-1]
		s.owners = s.owners[:n-1]
		return o
	}
	s.known++
	return s.known - 1
}

// newStage returns a stage on which the orders rest that do so at first.
func newStage(ops []workload.Op) *stage {
	s := &stage{book: New(), ids: make([]ID, len(ops))}
	s.play(ops[:workload.Preload], 0)
	return s
}

// BenchmarkContinuous: a million operations with a call after each thousand, or
// ten thousand, of them. CPU time of everything, the calls and the removal of who
// has traded included.
func BenchmarkContinuous(b *testing.B) {
	ops := workload.Draw(1)
	for _, every := range []int{1000, 10_000} {
		b.Run(fmt.Sprint(every), func(b *testing.B) {
			var least float64
			var traded uint64
			for b.Loop() {
				s := newStage(ops)
				runtime.GC()
				start := cpu.Now()
				for rest, block := ops[workload.Preload:], uint32(1); len(rest) > 0; block++ {
					n := min(every, len(rest))
					s.play(rest[:n], block)
					rest = rest[n:]
				}
				each := float64(cpu.Now()-start) / workload.Operations
				if least == 0 || each < least {
					least = each
				}
				traded = s.traded
			}
			b.ReportMetric(least, "cpu-ns/op")
			b.ReportMetric(float64(traded), "lots")
		})
	}
}

// TestContinuous: on the stage lots are conserved: what was inserted has traded,
// on two sides, was cancelled or rests.
func TestContinuous(t *testing.T) {
	ops := workload.Draw(1)[:workload.Preload+20_000]
	s := newStage(ops)
	cancelled, inserted := uint64(0), uint64(0)
	for _, op := range ops[:workload.Preload] {
		inserted += uint64(op.Lots)
	}
	for at, block := workload.Preload, uint32(1); at < len(ops); at, block = at+1000, block+1 {
		traded := s.traded
		var before uint64
		for _, id := range s.ids {
			if id != 0 {
				before += s.resting[id].Qty
			}
		}
		for _, op := range ops[at : at+1000] {
			inserted += uint64(op.Lots)
		}
		s.play(ops[at:at+1000], block)
		var after, added uint64
		for _, o := range s.fresh {
			added += o.Qty
		}
		for _, id := range s.ids {
			if id != 0 {
				after += s.resting[id].Qty
			}
		}
		cancelled += before + added - after - 2*(s.traded-traded)
	}
	var rests uint64
	orders := 0
	for _, id := range s.ids {
		if id != 0 {
			rests += s.resting[id].Qty
			orders++
		}
	}
	if inserted != cancelled+rests+2*s.traded || s.traded == 0 || cancelled == 0 || orders != s.book.Len() {
		t.Errorf("%d lots inserted, %d traded, %d cancelled, %d rest in %d of %d orders", inserted, s.traded, cancelled, rests, orders, s.book.Len())
	}
}
