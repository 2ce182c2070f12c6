package auction

import (
	"math/big"
	"math/bits"
	"slices"
	"sort"

	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/order"
)

// This file is a second reading of spec/13-auction.md that shares no code with
// the engine. It walks every price of the market, tries every allocation at each
// of them, and is as slow as that sounds.

// modelTop is above every price that a scene's orders may take.
const modelTop = 400

type model struct {
	scene
	have   []uint64   // lots that take part
	prices [][]uint64 // that an order takes inside the collar
	free   [][]uint64 // that it takes anywhere
}

// follows is what a peg allows: the worst price by it.
func (m *model) follows(o Order) *big.Int {
	from := m.Reference.Mid
	if o.Peg == order.Primary && o.Side == order.Buy || o.Peg == order.Market && o.Side == order.Sell {
		from = m.Reference.Bid
	}
	if o.Peg == order.Primary && o.Side == order.Sell || o.Peg == order.Market && o.Side == order.Buy {
		from = m.Reference.Ask
	}
	off := new(big.Int).Mul(big.NewInt(int64(o.Offset)), new(big.Int).SetUint64(m.Market.Tick))
	return off.Add(off, new(big.Int).SetUint64(from))
}

func (m *model) takes(o Order, p uint64, collar uint16) bool {
	dev := market.Deviation(p, m.Reference.Mid)
	if !m.Market.OnTick(p) || dev > collar || dev > o.Band {
		return false
	}
	price := new(big.Int).SetUint64(p)
	pegged := o.Peg == order.NoPeg || o.Side == order.Buy && price.Cmp(m.follows(o)) <= 0 || o.Side == order.Sell && price.Cmp(m.follows(o)) >= 0
	return pegged && (o.Side == order.Buy && p <= o.Limit || o.Side == order.Sell && p >= o.Limit)
}

// list returns the prices an order takes, the worst last.
func (m *model) list(o Order, collar uint16) (list []uint64) {
	for p := uint64(1); p < modelTop; p++ {
		if m.takes(o, p, collar) {
			list = append(list, p)
		}
	}
	if o.Side == order.Sell {
		slices.Reverse(list)
	}
	return list
}

func (m *model) worst(i int) uint64 { return m.prices[i][len(m.prices[i])-1] }

func (m *model) least(i int) uint64 { return max(1, min(m.orders[i].MinFill, m.orders[i].Qty)) }

func (m *model) older(i, j int) bool {
	if m.orders[i].Arrival != m.orders[j].Arrival {
		return m.orders[i].Arrival < m.orders[j].Arrival
	}
	return m.ranks[i] < m.ranks[j]
}

func bitLen(x uint64) (n int) {
	for ; x > 0; x /= 2 {
		n++
	}
	return n
}

// priority reports whether i goes before j on their side.
func (m *model) priority(i, j int) bool {
	if x, y := m.worst(i), m.worst(j); x != y {
		return (x > y) == (m.orders[i].Side == order.Buy)
	}
	if x, y := bitLen(m.orders[i].Qty), bitLen(m.orders[j].Qty); x != y {
		return x > y
	}
	return m.older(i, j)
}

// separate is self-trade prevention.
func (m *model) separate() {
	var queue []int
	for i := range m.orders {
		if len(m.prices[i]) > 0 {
			queue = append(queue, i)
		}
	}
	sort.Slice(queue, func(i, j int) bool { return m.older(queue[i], queue[j]) })
	for n, i := range queue {
		var met []int
		for _, j := range queue[:n] {
			bid, ask := i, j
			if m.orders[i].Side == order.Sell {
				bid, ask = j, i
			}
			if m.orders[i].Owner == m.orders[j].Owner && m.orders[i].Side != m.orders[j].Side && m.worst(bid) >= m.worst(ask) {
				met = append(met, j)
			}
		}
		sort.SliceStable(met, func(x, y int) bool {
			wx, wy := m.worst(met[x]), m.worst(met[y])
			if m.orders[i].Side == order.Sell {
				return wx > wy
			}
			return wx < wy
		})
		for _, j := range met {
			if m.have[i] == 0 || m.have[j] == 0 {
				continue
			}
			modes := []order.SelfTrade{m.orders[i].SelfTrade, m.orders[j].SelfTrade}
			switch {
			case slices.Contains(modes, order.Decrement):
				x := min(m.have[i], m.have[j])
				for _, k := range []int{i, j} {
					if m.have[k] -= x; m.have[k] < m.least(k) {
						m.have[k] = 0
					}
				}
			case slices.Contains(modes, order.Newest):
				m.have[i] = 0
			case slices.Contains(modes, order.Oldest):
				m.have[j] = 0
			default:
				m.have[i], m.have[j] = 0, 0
			}
		}
	}
}

// side lists who trades on a side at a price, by priority.
func (m *model) side(s order.Side, p uint64, in map[int]bool) (list []int) {
	for i, o := range m.orders {
		if in[i] && m.have[i] > 0 && o.Side == s && slices.Contains(m.prices[i], p) {
			list = append(list, i)
		}
	}
	sort.Slice(list, func(x, y int) bool { return m.priority(list[x], list[y]) })
	return list
}

// allocations calls yield with the fills of every way to trade on a side, the
// lexicographically greatest first.
func (m *model) allocations(list []int, so []uint64, sum uint64, yield func([]uint64, uint64)) {
	if len(so) == len(list) {
		yield(so, sum)
		return
	}
	i := list[len(so)]
	for x := m.have[i]; x >= m.least(i); x-- {
		m.allocations(list, append(slices.Clone(so), x), sum+x, yield)
	}
	m.allocations(list, append(slices.Clone(so), 0), sum, yield)
}

// volumes maps each volume that a side can trade to its best allocation.
func (m *model) volumes(list []int) map[uint64][]uint64 {
	all := map[uint64][]uint64{}
	m.allocations(list, nil, 0, func(fills []uint64, sum uint64) {
		if _, ok := all[sum]; !ok {
			all[sum] = slices.Clone(fills)
		}
	})
	return all
}

func (m *model) total(list []int) (sum uint64) {
	for _, i := range list {
		sum += m.have[i]
	}
	return sum
}

// candidates lists the prices that may be chosen, ascending.
func (m *model) candidates(in map[int]bool) (list []uint64) {
	below, above := m.Reference.Mid, m.Reference.Mid
	for ; below > 0 && !m.Market.OnTick(below); below-- {
	}
	for ; !m.Market.OnTick(above); above++ {
	}
	for p := uint64(1); p < modelTop; p++ {
		if !m.Market.OnTick(p) || market.Deviation(p, m.Reference.Mid) > m.Market.Collar {
			continue
		}
		named := p == below || p == above
		for i := range m.orders {
			if in[i] && m.have[i] > 0 {
				named = named || m.free[i][len(m.free[i])-1] == p
			}
		}
		if named {
			list = append(list, p)
		}
	}
	return list
}

// choose applies the four rules to volumes by price.
func (m *model) choose(list []uint64, volume map[uint64]uint64, in map[int]bool) (uint64, bool) {
	gap := func(p uint64) int64 {
		return int64(m.total(m.side(order.Buy, p, in))) - int64(m.total(m.side(order.Sell, p, in)))
	}
	keep := func(score func(p uint64) int64) {
		var kept []uint64
		best := int64(1) << 62
		for _, p := range list {
			best = min(best, score(p))
		}
		for _, p := range list {
			if score(p) == best {
				kept = append(kept, p)
			}
		}
		list = kept
	}
	abs := func(x int64) int64 { return max(x, -x) }
	keep(func(p uint64) int64 { return -int64(volume[p]) })
	if len(list) == 0 || volume[list[0]] == 0 {
		return 0, false
	}
	keep(func(p uint64) int64 { return abs(gap(p)) })
	buying, selling := true, true
	for _, p := range list {
		buying, selling = buying && gap(p) > 0, selling && gap(p) < 0
	}
	if buying {
		return list[len(list)-1], true
	}
	if selling {
		return list[0], true
	}
	keep(func(p uint64) int64 { return abs(int64(p) - int64(m.Reference.Mid)) })
	if m.Up {
		return list[len(list)-1], true
	}
	return list[0], true
}

// handDown gives a side's orders what they can have of v, and returns what is
// left of it.
func (m *model) handDown(list []int, v uint64) (fills []Fill, left uint64) {
	for _, i := range list {
		if x := min(m.have[i], v); v > 0 && x >= m.least(i) && len(fills) < m.MaxFills {
			fills = append(fills, Fill{ID(i + 1), x})
			v -= x
		}
	}
	return fills, v
}

// named are the fills of an allocation.
func named(list []int, lots []uint64) (fills []Fill) {
	for i, x := range lots {
		if x > 0 {
			fills = append(fills, Fill{ID(list[i] + 1), x})
		}
	}
	return fills
}

type modelResult struct {
	price, volume uint64
	fills         []Fill // Order is the index + 1
}

// round is one pricing of the orders that are in; it takes weak ones out.
func (m *model) round(in map[int]bool) modelResult {
again:
	volume := map[uint64]uint64{}
	list := m.candidates(in)
	for _, p := range list {
		volume[p] = min(m.total(m.side(order.Buy, p, in)), m.total(m.side(order.Sell, p, in)))
	}
	for {
		p, ok := m.choose(list, volume, in)
		if !ok {
			return modelResult{}
		}
		buyers, sellers := m.side(order.Buy, p, in), m.side(order.Sell, p, in)
		fills, ok := [2][]Fill{}, true
		for s, list := range [2][]int{buyers, sellers} {
			var left uint64
			if fills[s], left = m.handDown(list, volume[p]); left > 0 && len(fills[s]) < m.MaxFills {
				ok = false
			}
		}
		if !ok {
			buys, sells := m.volumes(buyers), m.volumes(sellers)
			var best uint64
			for v := range buys {
				if _, ok := sells[v]; ok && v <= volume[p] {
					best = max(best, v)
				}
			}
			if best < volume[p] {
				volume[p] = best
				continue
			}
			fills = [2][]Fill{named(buyers, buys[best]), named(sellers, sells[best])}
		}
		best := volume[p]
		if len(fills[0])+len(fills[1]) > m.MaxFills {
			var sums [2]uint64
			var used [2]int
			for used[0]+used[1] < m.MaxFills {
				s := 0
				if sums[0] > sums[1] {
					s = 1
				}
				sums[s] += fills[s][used[s]].Lots
				used[s]++
			}
			best = min(sums[0], sums[1])
			for s := range fills {
				left := best
				var cut []Fill
				for _, f := range fills[s] {
					x := min(f.Lots, left)
					if left == 0 {
						break
					}
					if x < m.least(int(f.Order)-1) {
						delete(in, int(f.Order)-1)
						goto again
					}
					left -= x
					cut = append(cut, Fill{f.Order, x})
				}
				fills[s] = cut
			}
		}
		return modelResult{p, best, slices.Concat(fills[0], fills[1])}
	}
}

// begin lists who takes part after self-trade prevention.
func (m *model) begin() map[int]bool {
	in := map[int]bool{}
	for i, o := range m.orders {
		m.have = append(m.have, o.Qty)
		m.prices, m.free = append(m.prices, m.list(o, m.Market.Collar)), append(m.free, m.list(o, order.NoBand))
		in[i] = len(m.prices[i]) > 0
	}
	m.separate()
	return in
}

// maximum is the most lots that can trade at any price of the grid inside the
// collar with all terms kept, if there is no cap on fills: of each side the sums
// that its orders can trade, as bits, and the highest common one. It knows of no
// candidates, rounds or priorities.
func (m *model) maximum() (most int) {
	m.begin()
	for p := uint64(1); p < modelTop; p++ {
		sums := [2]uint64{1, 1} // no side has 64 lots
		for i, o := range m.orders {
			if m.have[i] == 0 || !m.takes(o, p, m.Market.Collar) {
				continue
			}
			with := sums[o.Side]
			for x := m.least(i); x <= m.have[i]; x++ {
				with |= sums[o.Side] << x
			}
			sums[o.Side] = with
		}
		most = max(most, bits.Len64(sums[order.Buy]&sums[order.Sell])-1)
	}
	return most
}

// clear is the whole auction.
func (m *model) clear() (best modelResult) {
	in := m.begin()
	for {
		r := m.round(in)
		if r.volume == 0 || r.volume < best.volume {
			return best
		}
		best = r
		left := false
		for i, o := range m.orders {
			trades := slices.ContainsFunc(r.fills, func(f Fill) bool { return int(f.Order) == i+1 })
			if in[i] && m.have[i] > 0 && strict(o) && !trades {
				delete(in, i)
				left = true
			}
		}
		if !left {
			return best
		}
	}
}
