package auction

import (
	"slices"

	"github.com/nightjar/nightjar/protocol/order"
)

// curve is demand and supply at every candidate price, kept as differences so
// that taking an order out costs two updates. All sums fit 64 bits (roster.fits),
// so that differences may wrap.
type curve struct {
	reference      uint64
	candidates     []uint64 // ascending
	quotes         []int    // how many orders still in name the candidate
	demand, supply []uint64 // change of the total from the candidate before
}

// newCurve: the candidates are the effective prices inside the collar, and the
// reference: if that is not on the grid, its neighbours.
//
// No other price trades more. Below the reference, go up from any price to the
// next candidate: sells only join, since none leaves before the reference, and
// a buy leaves only after its effective price. Above it, the same downwards.
func newCurve(r *roster) *curve {
	c := &curve{reference: r.reference}
	var reference []uint64
	for _, p := range []uint64{r.grid.down(r.reference), r.grid.up(r.reference)} {
		if r.grid.lo <= p && p <= r.grid.hi {
			reference = append(reference, p)
		}
	}
	c.candidates = append(c.candidates, reference...)
	for _, side := range [][]*ranked{r.buys, r.sells} {
		for _, o := range side {
			if o.quoted && !o.out {
				c.candidates = append(c.candidates, o.worst())
			}
		}
	}
	slices.Sort(c.candidates)
	c.candidates = slices.Compact(c.candidates)
	n := len(c.candidates) + 1 // a sentinel past the last: where the best orders leave
	c.quotes, c.demand, c.supply = make([]int, n), make([]uint64, n), make([]uint64, n)
	for _, p := range reference {
		c.quotes[c.at(p)]++
	}
	for _, side := range [][]*ranked{r.buys, r.sells} {
		for _, o := range side {
			if !o.out {
				c.add(o, 1)
			}
		}
	}
	return c
}

// at returns the index of the first candidate at or above price.
func (c *curve) at(price uint64) int {
	i, _ := slices.BinarySearch(c.candidates, price)
	return i
}

// add counts an order in (sign 1) or out (sign −1).
func (c *curve) add(o *ranked, sign int) {
	total := c.supply
	if o.Side == order.Buy {
		total = c.demand
	}
	qty := o.Qty * uint64(sign)
	from, to := c.at(o.lo), len(c.candidates)
	if o.hi < c.candidates[len(c.candidates)-1] {
		to = c.at(o.hi + 1)
	}
	total[from] += qty
	total[to] -= qty
	if o.quoted {
		c.quotes[c.at(o.worst())] += sign
	}
}

// exclude takes orders out of the auction.
func (c *curve) exclude(orders ...*ranked) {
	for _, o := range orders {
		o.out = true
		c.add(o, -1)
	}
}

// price applies the price rules in their order; volume is 0 if nothing trades.
func (c *curve) price(up bool) (price, volume uint64) {
	var demand, supply, surplus uint64
	var best []uint64 // the candidates equal under rules 1 and 2, ascending
	buyers, sellers := 0, 0
	for i, p := range c.candidates {
		demand += c.demand[i]
		supply += c.supply[i]
		if c.quotes[i] == 0 {
			continue
		}
		v := min(demand, supply)
		s := max(demand, supply) - v
		switch {
		case v < volume || v == 0:
			continue
		case v > volume || s < surplus: // rules 1 and 2
			volume, surplus = v, s
			best, buyers, sellers = best[:0], 0, 0
		case s > surplus:
			continue
		}
		best = append(best, p)
		if demand > supply {
			buyers++
		}
		if supply > demand {
			sellers++
		}
	}
	switch len(best) {
	case 0:
		return 0, 0
	case buyers: // rule 3: all surplus is bought at the highest price …
		return best[len(best)-1], volume
	case sellers: // … or sold at the lowest
		return best[0], volume
	}
	return c.nearest(best, up), volume
}

// nearest is rule 4: the price nearest to the reference, itself included; of
// one above and one below at equal distance, the tie bit's.
func (c *curve) nearest(best []uint64, up bool) uint64 {
	i, exact := slices.BinarySearch(best, c.reference)
	switch {
	case exact || i == 0:
		return best[i]
	case i == len(best):
		return best[i-1]
	}
	below, above := c.reference-best[i-1], best[i]-c.reference
	if above < below || above == below && up {
		return best[i]
	}
	return best[i-1]
}
