package auction

import (
	"cmp"
	"math"
	"slices"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/order"
)

// ladderKey is what the orders of a ladder have in common: but for their
// limits they take the same prices, wherever the reference is. So a peg is
// never repriced: its ladder is.
type ladderKey struct {
	side   order.Side
	band   uint16
	peg    order.Peg
	offset int32
}

type ladder struct {
	ladderKey
	rungs []rung // ascending by limit and class
	fresh []rung // opened since the last auction
	empty int    // rungs without an order
}

// best returns rung number n, the best limit first.
func (l *ladder) best(n int) rung {
	if l.side == order.Buy {
		return l.rungs[len(l.rungs)-1-n]
	}
	return l.rungs[n]
}

// rung is a bucket in its ladder.
type rung struct {
	limit  uint64
	bucket uint32
	class  uint8
	strict bool
}

func (r rung) compare(s rung) int {
	return cmp.Or(cmp.Compare(r.limit, s.limit), cmp.Compare(r.class, s.class), cmp.Compare(r.bucket, s.bucket))
}

// ladder returns the key of an order's ladder.
func (o Order) ladder() ladderKey {
	if o.Peg == order.NoPeg {
		o.Offset = 0
	}
	return ladderKey{side: o.Side, band: o.Band, peg: o.Peg, offset: o.Offset}
}

// ladder returns the number of a ladder.
func (b *Book) ladder(key ladderKey) uint32 {
	at, ok := b.rails[key]
	if !ok {
		at = uint32(len(b.ladders))
		b.ladders = append(b.ladders, ladder{ladderKey: key})
		b.rails[key] = at
	}
	return at
}

// tidy puts the fresh rungs in their places. Empty ones stay until there are
// many: looking at each bucket would cost more than the auction.
func (b *Book) tidy(l *ladder) {
	if l.empty > len(l.rungs)/4 {
		l.rungs = slices.DeleteFunc(l.rungs, b.drop)
		l.fresh = slices.DeleteFunc(l.fresh, b.drop)
		l.empty = 0
	}
	slices.SortFunc(l.fresh, rung.compare)
	i, j := len(l.rungs)-1, len(l.fresh)-1
	l.rungs = slices.Grow(l.rungs, len(l.fresh))[:len(l.rungs)+len(l.fresh)]
	for k := len(l.rungs) - 1; j >= 0; k-- { // from the end, in place
		if i >= 0 && l.rungs[i].compare(l.fresh[j]) > 0 {
			l.rungs[k] = l.rungs[i]
			i--
		} else {
			l.rungs[k] = l.fresh[j]
			j--
		}
	}
	l.fresh = l.fresh[:0]
}

// drop gives a rung's bucket back if it is empty.
func (b *Book) drop(r rung) bool {
	k := &b.buckets[r.bucket]
	if k.orders > 0 {
		return false
	}
	b.find.remove(k.key, r.bucket)
	b.spare = append(b.spare, r.bucket)
	return true
}

// window is what a ladder's orders take at a reference: from far, the end that
// is good for them, to their limit or edge, whichever comes first.
type window struct {
	grid
	side      order.Side
	far, edge uint64
}

// window: a buyer takes prices up to min(limit, peg, band's top), a seller from
// max(limit, peg, band's bottom), both inside band and collar.
func (g grid) window(k ladderKey, q Quote) window {
	lo, hi := g.within(k.band)
	w := window{grid: g, side: k.side, far: max(lo, g.lo), edge: hi}
	if k.side == order.Sell {
		w.far, w.edge = min(hi, g.hi), lo
	}
	if k.peg == order.NoPeg {
		return w
	}
	if price := k.follow(q, g.tick); k.side == order.Buy {
		w.edge = min(w.edge, g.down(price))
	} else {
		w.edge = max(w.edge, g.up(price))
	}
	return w
}

// follow returns what the peg follows plus the offset, at least 0, which no buyer
// gets anything for, and at most 2^64 − 1.
func (k ladderKey) follow(q Quote, tick uint64) uint64 {
	from := q.Mid
	switch {
	case k.peg == order.Primary && k.side == order.Buy, k.peg == order.Market && k.side == order.Sell:
		from = q.Bid
	case k.peg != order.Mid:
		from = q.Ask
	}
	steps := uint64(k.offset)
	if k.offset < 0 {
		steps = -steps
	}
	off, ok := amount.Mul(steps, tick)
	if !ok {
		off = math.MaxUint64
	}
	if k.offset < 0 {
		return from - min(from, off)
	}
	return from + min(math.MaxUint64-from, off)
}

// worst returns the least favourable price inside the collar that an order with
// a limit takes, and whether its own worst price lies there; ok is false if it
// takes none.
func (w window) worst(limit uint64) (price uint64, quoted, ok bool) {
	if w.side == order.Buy {
		price = min(w.down(limit), w.edge)
		quoted = price <= w.hi
		price = min(price, w.hi)
		return price, quoted, price >= w.far
	}
	price = max(w.up(limit), w.edge)
	quoted = price >= w.lo
	price = max(price, w.lo)
	return price, quoted, price <= w.far
}
