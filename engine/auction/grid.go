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
	tick      uint64
	reference uint64
	lo, hi    uint64 // the collar
}

// newGrid: 2·P is a multiple of tick iff P is a multiple of tick/2 (even tick)
// or of tick (odd tick).
func newGrid(m market.Record, reference uint64) grid {
	g := grid{step: m.Tick, tick: m.Tick, reference: reference}
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

// neighbours returns the reference, or if it is not on the grid the prices below
// and above it, as far as they lie inside the collar.
func (g grid) neighbours() (list [2]uint64, n int) {
	for _, p := range [2]uint64{g.down(g.reference), g.up(g.reference)} {
		if g.lo <= p && p <= g.hi && (n == 0 || list[0] != p) {
			list[n] = p
			n++
		}
	}
	return list, n
}
