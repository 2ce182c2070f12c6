package auction

import (
	"cmp"
	"math"
	"slices"

	"github.com/nightjar/nightjar/protocol/order"
)

// auction is what one auction knows of its book. Its memory is used again by
// the next.
type auction struct {
	Call
	grid        grid
	low, high   uint64 // the crossing: the lowest price a seller takes, the highest a buyer does; no other price trades
	buys, sells side   // the buckets that reach into it
	curve       curve

	cut     map[ID]uint64 // lots of an order that are not in
	touched []ID          // the orders of cut
	only    bool          // of the strict orders none are in but
	kept    []ID          // these, ascending by bucket and block of arrival
	spare   []ID

	walk        walk
	selves      []self
	exact       [2]reach
	work        int // spans that the exact step may still make
	fills, best []Fill
	withheld    []Fill
}

// lots returns what an order has in the auction.
func (b *Book) lots(id ID) uint64 {
	n := &b.nodes[id]
	if n.touched {
		return n.qty - b.auction.cut[id]
	}
	return n.qty
}

// reduce keeps lots of an order out of the auction.
func (b *Book) reduce(id ID, lots uint64) {
	if n := &b.nodes[id]; !n.touched {
		n.touched = true
		b.auction.touched = append(b.auction.touched, id)
	}
	b.auction.cut[id] += lots
}

// side is buckets of one side, by priority.
type side struct {
	side    order.Side
	buckets []active
}

// active is a bucket with the prices that it takes now: from worst, which is
// inside the collar, to far.
type active struct {
	worst, far uint64
	qty        uint64 // the bucket's, read once: a visit to it waits for memory
	orders     uint32
	bucket     uint32
	class      uint8
	strict     bool
	quoted     bool // worst is a candidate
}

// takes reports whether the bucket's orders trade at price.
func (a active) takes(s order.Side, price uint64) bool {
	if s == order.Buy {
		return a.far <= price && price <= a.worst
	}
	return a.worst <= price && price <= a.far
}

// cross finds the crossing and its buckets; ok is false if there is none.
func (b *Book) cross() (ok bool) {
	a := &b.auction
	a.low, a.high = math.MaxUint64, 0
	for i := range b.ladders {
		l := &b.ladders[i]
		b.tidy(l)
		w := a.grid.window(l.ladderKey, a.Reference)
		for n := range l.rungs {
			r := l.best(n)
			if b.buckets[r.bucket].orders == 0 {
				continue
			}
			if p, _, ok := w.worst(r.limit); ok && l.side == order.Buy {
				a.high = max(a.high, p)
			} else if ok {
				a.low = min(a.low, p)
			}
			break
		}
	}
	if a.low > a.high {
		return false
	}
	a.buys.buckets, a.sells.buckets = a.buys.buckets[:0], a.sells.buckets[:0]
	for i := range b.ladders {
		b.gather(&b.ladders[i])
	}
	slices.SortFunc(a.buys.buckets, func(x, y active) int {
		return cmp.Or(cmp.Compare(y.worst, x.worst), cmp.Compare(y.class, x.class))
	})
	slices.SortFunc(a.sells.buckets, func(x, y active) int {
		return cmp.Or(cmp.Compare(x.worst, y.worst), cmp.Compare(y.class, x.class))
	})
	for _, s := range []*side{&a.buys, &a.sells} {
		for i, k := range s.buckets {
			b.buckets[k.bucket].place = uint32(i)
		}
	}
	return true
}

// gather appends a ladder's buckets that reach into the crossing, best first.
func (b *Book) gather(l *ladder) {
	a := &b.auction
	w := a.grid.window(l.ladderKey, a.Reference)
	to := &a.sells
	if l.side == order.Buy {
		to = &a.buys
	}
	for n := range l.rungs {
		r := l.best(n)
		worst, quoted, ok := w.worst(r.limit)
		if !ok || l.side == order.Buy && worst < a.low || l.side == order.Sell && worst > a.high {
			return // so it is for all that are worse
		}
		if k := &b.buckets[r.bucket]; k.orders > 0 {
			to.buckets = append(to.buckets, active{
				worst: worst, far: w.far, qty: k.qty, orders: k.orders,
				bucket: r.bucket, class: r.class, strict: r.strict, quoted: quoted,
			})
		}
	}
}

// crossing returns an order's bucket and side; ok is false if it is not in the
// crossing.
func (b *Book) crossing(id ID) (k active, s *side, ok bool) {
	at := b.nodes[id].bucket
	s = &b.auction.sells
	if b.buckets[at].key.kind.side() == order.Buy {
		s = &b.auction.buys
	}
	if place := int(b.buckets[at].place); place < len(s.buckets) && s.buckets[place].bucket == at {
		return s.buckets[place], s, true
	}
	return active{}, nil, false
}
