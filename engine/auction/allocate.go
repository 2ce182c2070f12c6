package auction

import (
	"cmp"
	"slices"
)

// share is what an order would trade.
type share struct {
	*ranked
	lots uint64
}

// allocate hands out volume at price in priority order on both sides. If the
// volume can't be reached because of minimum fills, it returns the orders that
// were passed over for it, in priority order, and no fills.
//
// volume is the smaller side's total, so that side trades whole and can't miss
// a minimum; only the larger side passes anybody over.
func (r *roster) allocate(price, volume uint64, most int) (fills []Fill, passed []*ranked) {
	buys, passed, ok := take(r.buys, price, volume)
	if !ok {
		return nil, passed
	}
	sells, passed, ok := take(r.sells, price, volume)
	if !ok {
		return nil, passed
	}
	if len(buys)+len(sells) > most {
		volume = reach(buys, sells, most)
		var weak *ranked
		if buys, weak = cut(buys, volume); weak != nil {
			return nil, []*ranked{weak}
		}
		if sells, weak = cut(sells, volume); weak != nil {
			return nil, []*ranked{weak}
		}
	}
	for _, s := range slices.Concat(buys, sells) {
		fills = append(fills, Fill{Order: s.index, Lots: s.lots})
	}
	slices.SortFunc(fills, func(x, y Fill) int { return cmp.Compare(x.Order, y.Order) })
	return fills, nil
}

// take gives one side's orders what they can have of volume, best first,
// passing over an order whose minimum is more than what is left of it. ok is
// false if that leaves a part of volume to nobody.
func take(side []*ranked, price, volume uint64) (shares []share, passed []*ranked, ok bool) {
	for _, o := range side {
		if volume == 0 {
			break
		}
		if !o.takes(price) {
			continue
		}
		lots := min(o.Qty, volume)
		if lots < o.least() {
			passed = append(passed, o)
			continue
		}
		shares = append(shares, share{o, lots})
		volume -= lots
	}
	return shares, passed, volume == 0
}

// reach returns the most lots that the given number of orders, the best of both
// sides, can trade: the side that is behind takes its next order until none are left.
func reach(buys, sells []share, most int) uint64 {
	var bought, sold uint64
	for i, j := 0, 0; i+j < most; {
		if bought <= sold {
			bought += buys[i].lots
			i++
		} else {
			sold += sells[j].lots
			j++
		}
	}
	return min(bought, sold)
}

// cut shortens one side to volume. The last order left may miss its minimum:
// then it is returned as weak.
func cut(side []share, volume uint64) (shares []share, weak *ranked) {
	for _, s := range side {
		if volume == 0 {
			break
		}
		s.lots = min(s.lots, volume)
		if s.lots < s.least() {
			return nil, s.ranked
		}
		volume -= s.lots
		shares = append(shares, s)
	}
	return shares, nil
}
