package auction

import (
	"cmp"
	"slices"

	"github.com/nightjar/nightjar/protocol/market"
)

// Bounds of one auction's work, whatever the orders are.
const (
	maxRounds = 32 // of repricing without the orders that have a minimum and got nothing
	maxPrices = 32 // prices at which less could be traded than was bid and offered
)

// Clear runs the auction. The book does not change.
func (b *Book) Clear(c Call) Result {
	switch {
	case c.Reference.Mid == 0:
		return Result{Reason: NoReference}
	case c.Unstable:
		return Result{Reason: Unstable}
	case c.MaxFills < 2:
		return Result{Reason: NoRoom}
	case !b.fits():
		return Result{Reason: TooLarge}
	}
	a := &b.auction
	a.Call, a.grid = c, newGrid(c.Market, c.Reference.Mid)
	if !b.cross() {
		return Result{Reason: NoCross}
	}
	defer b.reset()
	a.work = maxSpans
	b.preventSelfTrade()
	a.curve.lay(a)
	a.curve.draw(b)
	a.withheld = a.withheld[:0]
	for _, id := range a.touched {
		a.withheld = append(a.withheld, Fill{id, a.cut[id]})
	}
	best := Result{Reason: NoCross, Withheld: a.withheld}
	for range maxRounds {
		r := b.round()
		if r.Volume == 0 || r.Volume < best.Volume {
			break
		}
		a.best = append(a.best[:0], r.Fills...)
		best = r
		best.Fills, best.Withheld = a.best, a.withheld
		if !b.leave(best.Fills) {
			break
		}
	}
	return best
}

// reset forgets the auction.
func (b *Book) reset() {
	a := &b.auction
	for _, id := range a.touched {
		b.nodes[id].touched = false
	}
	clear(a.cut)
	a.touched, a.kept, a.only = a.touched[:0], a.kept[:0], false
}

// round finds the price at which the orders that are in trade most, and who
// does. The volume of a price is what is bid and offered there, until the
// minima turn out to allow less.
func (b *Book) round() Result {
	a := &b.auction
	for tries := 0; ; tries++ {
		if tries == maxPrices {
			b.only(nil) // then no price can disappoint
		}
		i, ok := a.curve.price(a.Reference.Mid, a.Up)
		if !ok {
			return Result{Reason: NoCross}
		}
		price, want := a.curve.prices[i], a.curve.volume[i]
		buyers, ok := b.greedy(price, want)
		exact := !ok
		if exact {
			var most uint64
			if buyers, most, ok = b.minima(price, want); !ok {
				b.only(nil)
				continue
			}
			if most < want {
				a.curve.volume[i] = most
				continue
			}
		}
		volume, weak := b.cap(buyers, want)
		if weak == 0 {
			return Result{Reason: Cleared, Price: price, Dev: market.Deviation(price, a.Reference.Mid), Volume: volume, Exact: exact, Fills: a.fills}
		}
		b.shift(weak, -b.lots(weak), -1)
		b.reduce(weak, b.lots(weak))
		a.curve.total()
	}
}

// greedy gives the orders of both sides, best first, what they can have of
// volume, and passes over those whose minimum is more than what is left. The
// fills of the buyers come first; ok is false if a part of volume remains with
// nobody. It stops at the cap on fills, which cap then applies.
func (b *Book) greedy(price, volume uint64) (buyers int, ok bool) {
	a := &b.auction
	a.fills = a.fills[:0]
	for _, s := range []*side{&a.buys, &a.sells} {
		buyers = len(a.fills)
		left := volume
		a.walk.start(b, s, price)
		for n := 0; left > 0 && n < a.MaxFills; n++ {
			id, ok := a.walk.order(left)
			if !ok {
				return 0, false
			}
			lots := min(b.lots(id), left)
			a.fills = append(a.fills, Fill{id, lots})
			left -= lots
		}
	}
	return buyers, true
}

// minima finds the most lots, up to want, that can trade at a price with every
// minimum kept, and if that is want, who trades them: on each side as much as
// possible goes to the best order, then to the next, and so on. ok is false if
// finding it takes too much work.
func (b *Book) minima(price, want uint64) (buyers int, most uint64, ok bool) {
	a := &b.auction
	for i, s := range []*side{&a.buys, &a.sells} {
		r := &a.exact[i]
		r.items = r.items[:0]
		a.walk.start(b, s, price)
		for len(r.items) < considered {
			id, ok := a.walk.order(want)
			if !ok {
				break
			}
			r.items = append(r.items, item{id, max(1, b.nodes[id].minimum), b.lots(id)})
		}
		if !r.build(want, &a.work) {
			return 0, 0, false
		}
	}
	if most = highest(a.exact[0].from(0), a.exact[1].from(0)); most < want {
		return 0, most, true
	}
	a.fills = a.exact[0].share(a.fills[:0], want)
	buyers = len(a.fills)
	a.fills = a.exact[1].share(a.fills, want)
	return buyers, want, true
}

// cap cuts the fills to as many as there may be. The sides take their next order
// in turn, always the one that is behind in lots; the smaller sum is the volume,
// and the other side's last order is cut to it. If that is less than the order's
// minimum, the order is weak: nothing may trade with it.
func (b *Book) cap(buyers int, want uint64) (volume uint64, weak ID) {
	a := &b.auction
	buys, sells := a.fills[:buyers], a.fills[buyers:]
	if len(a.fills) <= a.MaxFills {
		return want, 0
	}
	var bought, sold uint64
	for i, j := 0, 0; i+j < a.MaxFills; {
		if bought <= sold {
			bought += buys[i].Lots
			i++
		} else {
			sold += sells[j].Lots
			j++
		}
	}
	volume = min(bought, sold)
	if buys, weak = b.shorten(buys, volume); weak != 0 {
		return 0, weak
	}
	if sells, weak = b.shorten(sells, volume); weak != 0 {
		return 0, weak
	}
	a.fills = append(a.fills[:len(buys)], sells...)
	return volume, 0
}

// shorten ends fills at volume; the last order left may then miss its minimum.
func (b *Book) shorten(fills []Fill, volume uint64) (left []Fill, weak ID) {
	for i := range fills {
		f := &fills[i]
		if f.Lots = min(f.Lots, volume); f.Lots < b.nodes[f.Order].minimum {
			return nil, f.Order
		}
		if volume -= f.Lots; volume == 0 {
			return fills[:i+1], 0
		}
	}
	return fills, 0
}

// leave lets only those orders with a minimum stay in that trade: the others
// moved the price and risked nothing. It reports whether there were others. They
// took nothing, so the volume can still be had without them.
func (b *Book) leave(fills []Fill) bool {
	a := &b.auction
	strict := 0
	if a.only {
		for _, id := range a.kept {
			strict += 1 - gone(b.lots(id))
		}
	} else {
		for _, s := range []*side{&a.buys, &a.sells} {
			for _, k := range s.buckets {
				if k.strict {
					strict += int(k.orders)
				}
			}
		}
		for _, id := range a.touched {
			if b.strict(id) {
				strict -= gone(b.lots(id))
			}
		}
	}
	a.spare = a.spare[:0]
	for _, f := range fills {
		if b.strict(f.Order) {
			a.spare = append(a.spare, f.Order)
		}
	}
	if len(a.spare) == strict {
		return false
	}
	b.only(a.spare)
	return true
}

func (b *Book) strict(id ID) bool { return b.buckets[b.nodes[id].bucket].key.kind.strict() }

// only takes all strict orders out but the given ones.
func (b *Book) only(strict []ID) {
	a := &b.auction
	a.only = true
	a.kept = append(a.kept[:0], strict...)
	slices.SortFunc(a.kept, func(x, y ID) int {
		return cmp.Or(cmp.Compare(b.nodes[x].bucket, b.nodes[y].bucket), cmp.Compare(b.nodes[x].arrival, b.nodes[y].arrival))
	})
	a.curve.draw(b)
}
