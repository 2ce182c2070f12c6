package auction

// Bounds of the exact step.
const (
	considered = 1024    // orders of a side, the best ones
	maxSpans   = 1 << 21 // spans of all sets that one auction makes
)

// span is the volumes from lo to hi.
type span struct{ lo, hi uint64 }

// item is an order as far as volumes go: it trades nothing, or least to most.
type item struct {
	id          ID
	least, most uint64
}

// reach is what volumes one side can trade: the sets of the last order, of the
// last two, and so on, by priority.
type reach struct {
	items []item
	spans []span // of all sets, one set behind the other; the first is of no order
	ends  []int  // of each set
}

// from returns the volumes that the items from number i on can trade: disjoint
// spans, not even adjacent, ascending.
func (r *reach) from(i int) []span {
	n := len(r.items) - i // the set's number
	if n == 0 {
		return r.spans[:r.ends[0]]
	}
	return r.spans[r.ends[n-1]:r.ends[n]]
}

// build makes the sets for volumes up to want. It takes the spans from work, and
// gives up (false) when there are none left.
func (r *reach) build(want uint64, work *int) bool {
	r.spans = append(r.spans[:0], span{})
	r.ends = append(r.ends[:0], 1)
	for i := len(r.items) - 1; i >= 0; i-- {
		r.extend(r.from(i+1), r.items[i], want)
		*work -= len(r.spans) - r.ends[len(r.ends)-1]
		r.ends = append(r.ends, len(r.spans))
		if *work < 0 {
			return false
		}
	}
	return true
}

// extend appends the set old ∪ (old + [least, most]), up to want. old may share
// memory with what is appended to: it is not overwritten.
func (r *reach) extend(old []span, x item, want uint64) {
	begin := len(r.spans)
	for i, j := 0, 0; i < len(old) || j < len(old); {
		var next span
		if j == len(old) || i < len(old) && old[i].lo <= old[j].lo+x.least {
			next = old[i]
			i++
		} else {
			// No sum wraps: all lots of a side fit 64 bits.
			next = span{old[j].lo + x.least, old[j].hi + x.most}
			j++
		}
		if next.lo > want {
			break
		}
		next.hi = min(next.hi, want)
		if last := len(r.spans) - 1; last >= begin && next.lo <= r.spans[last].hi+1 {
			r.spans[last].hi = max(r.spans[last].hi, next.hi)
		} else {
			r.spans = append(r.spans, next)
		}
	}
}

// highest returns the largest volume that is in both sets; 0 always is.
func highest(x, y []span) uint64 {
	for i, j := len(x)-1, len(y)-1; ; {
		switch top := min(x[i].hi, y[j].hi); {
		case top >= max(x[i].lo, y[j].lo):
			return top
		case x[i].lo > y[j].lo:
			i--
		default:
			j--
		}
	}
}

// share hands volume, which must be in from(0), down the items: each takes the
// most that leaves a volume which those after it can trade.
func (r *reach) share(fills []Fill, volume uint64) []Fill {
	for i := 0; volume > 0; i++ {
		x := r.items[i]
		if x.least > volume {
			continue
		}
		rest, ok := lowest(r.from(i+1), volume-min(x.most, volume))
		if ok && rest <= volume-x.least {
			fills = append(fills, Fill{x.id, volume - rest})
			volume = rest
		}
	}
	return fills
}

// lowest returns the smallest volume of a set that is not below floor.
func lowest(set []span, floor uint64) (volume uint64, ok bool) {
	lo, hi := 0, len(set) // binary search for the first span that ends at floor or above
	for lo < hi {
		if mid := (lo + hi) / 2; set[mid].hi < floor {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo == len(set) {
		return 0, false
	}
	return max(set[lo].lo, floor), true
}
