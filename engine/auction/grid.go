package auction

import (
	"math"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/order"
)

// grid is the set of prices a market may clear at: the positive multiples of
// half a tick inside the collar.
type grid struct {
	step      uint64 // prices are its multiples
	reference uint64
	lo, hi    uint64 // the collar
}

// newGrid: 2·P is a multiple of tick iff P is a multiple of tick/2 (even tick)
// or of tick (odd tick).
func newGrid(m market.Record, reference uint64) grid {
	g := grid{step: m.Tick, reference: reference}
	if m.Tick%2 == 0 {
		g.step = m.Tick / 2
	}
	g.lo, g.hi = g.within(m.Collar)
	return g
}

// within returns the grid prices P with Deviation(P, reference) ≤ bp as an
// interval: |P − ref| ≤ floor(ref·bp/10^4), or any price if bp is saturated.
// It is empty (lo > hi) if no grid price is that near.
func (g grid) within(bp uint16) (lo, hi uint64) {
	reach, ok := amount.FloorBp(g.reference, bp)
	if bp == order.NoBand || !ok {
		return g.up(1), g.down(math.MaxUint64)
	}
	lo = 1
	if reach < g.reference {
		lo = g.reference - reach
	}
	top, ok := amount.Add(g.reference, reach)
	if !ok {
		top = math.MaxUint64
	}
	return g.up(lo), g.down(top)
}

// down rounds down to the grid; 0 is no price, but is below every one.
func (g grid) down(price uint64) uint64 { return price - price%g.step }

// up rounds up to the grid; past the last grid price it gives MaxUint64, which
// is above every price that down gives, or that price itself.
func (g grid) up(price uint64) uint64 {
	d := g.down(price)
	if d == price {
		return price
	}
	u, ok := amount.Add(d, g.step)
	if !ok {
		return math.MaxUint64
	}
	return u
}

// accepted returns the grid prices inside the collar that an order takes, and
// whether the worst price it would take lies inside the collar by itself.
func (g grid) accepted(o Order) (lo, hi uint64, quoted bool) {
	lo, hi = g.within(o.Band)
	if o.Side == order.Buy {
		hi = min(hi, g.down(o.Limit))
		quoted = hi <= g.hi
	} else {
		lo = max(lo, g.up(o.Limit))
		quoted = lo >= g.lo
	}
	return max(lo, g.lo), min(hi, g.hi), quoted
}
