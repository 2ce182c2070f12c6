package fairness

import (
	"math"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/order"
)

// The prices of spec/13, "Prices", for one order, written a second time: the
// engine keeps a book of them, an owner asks about theirs.

// Takes reports whether an order trades at price when q is the reference.
func Takes(m market.Record, t order.Terms, h order.Handling, q market.Quote, price uint64) bool {
	if price == 0 || !m.OnTick(price) || market.Deviation(price, q.Mid) > t.Band {
		return false
	}
	edge := cap(m, t, h, q)
	if t.Side == order.Buy {
		return price <= edge
	}
	return price >= edge
}

// Effective returns the worst price inside the collar that an order takes, or 0.
func Effective(m market.Record, t order.Terms, h order.Handling, q market.Quote) uint64 {
	if !q.Valid() {
		return 0
	}
	bandLow, bandHigh := within(q.Mid, t.Band)
	low, high := within(q.Mid, m.Collar)
	low, high = max(low, bandLow), min(high, bandHigh)
	if edge := cap(m, t, h, q); t.Side == order.Buy {
		high = min(high, edge)
	} else {
		low = max(low, edge)
	}
	step := m.Tick
	if m.Tick%2 == 0 {
		step /= 2
	}
	high -= high % step
	if over := low % step; over != 0 {
		var ok bool
		if low, ok = amount.Add(low, step-over); !ok {
			return 0
		}
	}
	if low > high || high == 0 {
		return 0
	}
	if t.Side == order.Buy {
		return high
	}
	return low
}

// cap is the limit, or what the peg allows if that is stricter.
func cap(m market.Record, t order.Terms, h order.Handling, q market.Quote) uint64 {
	if h.Peg == order.NoPeg {
		return t.Limit
	}
	buys := t.Side == order.Buy
	follows := q.Mid
	switch {
	case h.Peg == order.Mid:
	case (h.Peg == order.Primary) == buys:
		follows = q.Bid
	default:
		follows = q.Ask
	}
	steps := uint64(h.Offset)
	if h.Offset < 0 {
		steps = -steps
	}
	shift, ok := amount.Mul(steps, m.Tick)
	if !ok {
		shift = math.MaxUint64
	}
	if h.Offset < 0 {
		if follows, ok = amount.Sub(follows, shift); !ok {
			follows = 0
		}
	} else if follows, ok = amount.Add(follows, shift); !ok {
		follows = math.MaxUint64
	}
	if buys {
		return min(t.Limit, follows)
	}
	return max(t.Limit, follows)
}

// within returns the prices that are at most bp from mid: |P − mid| ≤ ⌊mid·bp/10^4⌋,
// from 1 on, or all if bp says any.
func within(mid uint64, bp uint16) (low, high uint64) {
	reach, ok := amount.FloorBp(mid, bp)
	if bp == order.NoBand || !ok {
		return 1, math.MaxUint64
	}
	low, high = 1, math.MaxUint64
	if reach < mid {
		low = mid - reach
	}
	if top, ok := amount.Add(mid, reach); ok {
		high = top
	}
	return low, high
}
