package auction

import (
	"slices"

	"github.com/nightjar/nightjar/protocol/order"
)

// curve is demand and supply at every candidate price of the crossing, kept as
// differences, so that taking orders out costs two updates. All sums fit 64 bits
// (Book.fits), so that differences may wrap.
//
// The candidates are the effective prices inside the collar, and the reference:
// if that is not on the grid, its neighbours. No other price trades more. Below
// the reference, go up from any price to the next candidate: sellers only join,
// since none leaves before the reference, and a buyer leaves only after its
// effective price. Above it, the same downwards.
type curve struct {
	prices         []uint64 // ascending
	reference      []uint64 // those of them that are candidates because of it
	quotes         []int    // how many orders that are in name the price
	rise, fall     []uint64 // change of demand, and of supply, from the price before
	demand, supply []uint64
	volume         []uint64 // most lots that may trade: min(demand, supply), or what was found to be less
}

// lay finds the candidates of the crossing.
func (c *curve) lay(a *auction) {
	list, n := a.grid.neighbours()
	c.reference = c.reference[:0]
	for _, p := range list[:n] {
		if a.low <= p && p <= a.high {
			c.reference = append(c.reference, p)
		}
	}
	c.prices = append(c.prices[:0], c.reference...)
	for _, s := range []*side{&a.buys, &a.sells} {
		for _, k := range s.buckets {
			if k.quoted {
				c.prices = append(c.prices, k.worst)
			}
		}
	}
	slices.Sort(c.prices)
	c.prices = slices.Compact(c.prices)
}

// draw sums up the orders that are in.
func (c *curve) draw(b *Book) {
	a := &b.auction
	n := len(c.prices) + 1 // one past the last: where the best orders leave
	c.quotes = zeros(c.quotes, n)
	c.rise, c.fall = zeros(c.rise, n), zeros(c.fall, n)
	c.demand, c.supply, c.volume = zeros(c.demand, n), zeros(c.supply, n), zeros(c.volume, n)
	for _, p := range c.reference {
		c.quotes[c.at(p)]++
	}
	for _, s := range []*side{&a.buys, &a.sells} {
		for _, k := range s.buckets {
			if !k.strict || !a.only {
				c.add(s.side, k, k.qty, int(k.orders))
			}
		}
	}
	for _, id := range a.touched {
		if n := &b.nodes[id]; !b.buckets[n.bucket].key.kind.strict() || !a.only {
			b.shift(id, -a.cut[id], -gone(b.lots(id)))
		}
	}
	for _, id := range a.kept {
		b.shift(id, b.lots(id), 1-gone(b.lots(id)))
	}
	c.total()
}

// shift counts lots of one order in.
func (b *Book) shift(id ID, lots uint64, orders int) {
	if k, s, ok := b.crossing(id); ok {
		b.auction.curve.add(s.side, k, lots, orders)
	}
}

// gone is 1 for an order that has no lots left in the auction.
func gone(lots uint64) int {
	if lots == 0 {
		return 1
	}
	return 0
}

// zeros returns n zeros in old's memory, if that is enough.
func zeros[T any](old []T, n int) []T {
	s := slices.Grow(old[:0], n)[:n]
	clear(s)
	return s
}

// at returns the index of the first candidate at or above price.
func (c *curve) at(price uint64) int {
	i, _ := slices.BinarySearch(c.prices, price)
	return i
}

// add counts lots of a bucket's orders in; what is counted out is negative.
func (c *curve) add(s order.Side, k active, lots uint64, orders int) {
	change, lo, hi := c.rise, k.far, k.worst
	if s == order.Sell {
		change, lo, hi = c.fall, k.worst, k.far
	}
	from, to := c.at(lo), c.at(hi)
	if to < len(c.prices) && c.prices[to] == hi {
		to++
	}
	change[from] += lots
	change[to] -= lots
	if k.quoted {
		c.quotes[c.at(k.worst)] += orders
	}
}

// total sums the differences up, and forgets what was found of volumes.
func (c *curve) total() {
	var demand, supply uint64
	for i := range c.prices {
		demand += c.rise[i]
		supply += c.fall[i]
		c.demand[i], c.supply[i], c.volume[i] = demand, supply, min(demand, supply)
	}
}

// price applies the price rules in their order and returns the index of the
// price; ok is false if nothing trades at any.
func (c *curve) price(reference uint64, up bool) (index int, ok bool) {
	var volume, surplus uint64
	first, last, near := -1, -1, -1 // of the candidates equal under rules 1 and 2
	equal, buyers, sellers := 0, 0, 0
	for i, p := range c.prices {
		v := c.volume[i]
		if c.quotes[i] == 0 || v == 0 || v < volume {
			continue
		}
		s := max(c.demand[i], c.supply[i]) - min(c.demand[i], c.supply[i])
		switch {
		case v > volume || s < surplus: // rules 1 and 2
			volume, surplus = v, s
			first, near = i, i
			equal, buyers, sellers = 0, 0, 0
		case s > surplus:
			continue
		}
		last = i
		if equal++; c.demand[i] > c.supply[i] {
			buyers++
		} else if c.supply[i] > c.demand[i] {
			sellers++
		}
		switch old, now := distance(c.prices[near], reference), distance(p, reference); {
		case now < old, now == old && up: // ascending: of two equally near, p is above
			near = i
		}
	}
	switch equal {
	case 0:
		return 0, false
	case buyers: // rule 3: all surplus is bought at the highest price …
		return last, true
	case sellers: // … or sold at the lowest
		return first, true
	}
	return near, true // rule 4
}

func distance(x, y uint64) uint64 { return max(x, y) - min(x, y) }
