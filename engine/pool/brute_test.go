package pool

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"sort"
	"testing"

	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/order"
)

// This file is a second reading of spec/13-auction.md that shares no code with
// the engine. It walks every price of the market, tries every allocation at each
// of them, and is as slow as that sounds.

// bruteTop is above every price that a brute call may take.
const bruteTop = 260

type brute struct {
	Call
	orders []Order
	rank   []uint64
	have   []uint64 // lots that take part
	prices [][]uint64
}

// follows is what a peg allows: the worst price by it.
func (b *brute) follows(o Order) *big.Int {
	from := b.Reference.Mid
	if o.Peg == Primary && o.Side == order.Buy || o.Peg == Market && o.Side == order.Sell {
		from = b.Reference.Bid
	}
	if o.Peg == Primary && o.Side == order.Sell || o.Peg == Market && o.Side == order.Buy {
		from = b.Reference.Ask
	}
	off := new(big.Int).Mul(big.NewInt(int64(o.Offset)), new(big.Int).SetUint64(b.Market.Tick))
	return off.Add(off, new(big.Int).SetUint64(from))
}

func (b *brute) takes(o Order, p uint64, collar uint16) bool {
	dev := market.Deviation(p, b.Reference.Mid)
	if !b.Market.OnTick(p) || dev > collar || dev > o.Band {
		return false
	}
	price := new(big.Int).SetUint64(p)
	pegged := o.Peg == NoPeg || o.Side == order.Buy && price.Cmp(b.follows(o)) <= 0 || o.Side == order.Sell && price.Cmp(b.follows(o)) >= 0
	return pegged && (o.Side == order.Buy && p <= o.Limit || o.Side == order.Sell && p >= o.Limit)
}

// list returns the prices an order takes, the worst last.
func (b *brute) list(o Order, collar uint16) (list []uint64) {
	for p := uint64(1); p < bruteTop; p++ {
		if b.takes(o, p, collar) {
			list = append(list, p)
		}
	}
	if o.Side == order.Sell {
		slices.Reverse(list)
	}
	return list
}

func (b *brute) worst(i int) uint64 { return b.prices[i][len(b.prices[i])-1] }

func (b *brute) least(i int) uint64 { return max(1, min(b.orders[i].MinFill, b.orders[i].Qty)) }

func (b *brute) older(i, j int) bool {
	if b.orders[i].Arrival != b.orders[j].Arrival {
		return b.orders[i].Arrival < b.orders[j].Arrival
	}
	return b.rank[i] < b.rank[j]
}

func bitLen(x uint64) (n int) {
	for ; x > 0; x /= 2 {
		n++
	}
	return n
}

// priority reports whether i goes before j on their side.
func (b *brute) priority(i, j int) bool {
	if x, y := b.worst(i), b.worst(j); x != y {
		return (x > y) == (b.orders[i].Side == order.Buy)
	}
	if x, y := bitLen(b.orders[i].Qty), bitLen(b.orders[j].Qty); x != y {
		return x > y
	}
	return b.older(i, j)
}

// separate is self-trade prevention.
func (b *brute) separate() {
	var queue []int
	for i := range b.orders {
		if len(b.prices[i]) > 0 {
			queue = append(queue, i)
		}
	}
	sort.Slice(queue, func(i, j int) bool { return b.older(queue[i], queue[j]) })
	for n, i := range queue {
		var met []int
		for _, j := range queue[:n] {
			bid, ask := i, j
			if b.orders[i].Side == order.Sell {
				bid, ask = j, i
			}
			if b.orders[i].Owner == b.orders[j].Owner && b.orders[i].Side != b.orders[j].Side && b.worst(bid) >= b.worst(ask) {
				met = append(met, j)
			}
		}
		sort.SliceStable(met, func(x, y int) bool {
			wx, wy := b.worst(met[x]), b.worst(met[y])
			if b.orders[i].Side == order.Sell {
				return wx > wy
			}
			return wx < wy
		})
		for _, j := range met {
			if b.have[i] == 0 || b.have[j] == 0 {
				continue
			}
			modes := []SelfTrade{b.orders[i].SelfTrade, b.orders[j].SelfTrade}
			switch {
			case slices.Contains(modes, Decrement):
				x := min(b.have[i], b.have[j])
				for _, k := range []int{i, j} {
					if b.have[k] -= x; b.have[k] < b.least(k) {
						b.have[k] = 0
					}
				}
			case slices.Contains(modes, Newest):
				b.have[i] = 0
			case slices.Contains(modes, Oldest):
				b.have[j] = 0
			default:
				b.have[i], b.have[j] = 0, 0
			}
		}
	}
}

// side lists who trades on a side at a price, by priority.
func (b *brute) side(s order.Side, p uint64, in map[int]bool) (list []int) {
	for i, o := range b.orders {
		if in[i] && b.have[i] > 0 && o.Side == s && slices.Contains(b.prices[i], p) {
			list = append(list, i)
		}
	}
	sort.Slice(list, func(x, y int) bool { return b.priority(list[x], list[y]) })
	return list
}

// allocations calls yield with the fills of every way to trade on a side, the
// lexicographically greatest first.
func (b *brute) allocations(list []int, so []uint64, sum uint64, yield func([]uint64, uint64)) {
	if len(so) == len(list) {
		yield(so, sum)
		return
	}
	i := list[len(so)]
	for x := b.have[i]; x >= b.least(i); x-- {
		b.allocations(list, append(slices.Clone(so), x), sum+x, yield)
	}
	b.allocations(list, append(slices.Clone(so), 0), sum, yield)
}

// volumes maps each volume that a side can trade to its best allocation.
func (b *brute) volumes(list []int) map[uint64][]uint64 {
	all := map[uint64][]uint64{}
	b.allocations(list, nil, 0, func(fills []uint64, sum uint64) {
		if _, ok := all[sum]; !ok {
			all[sum] = slices.Clone(fills)
		}
	})
	return all
}

func (b *brute) total(list []int) (sum uint64) {
	for _, i := range list {
		sum += b.have[i]
	}
	return sum
}

// candidates lists the prices that may be chosen, ascending.
func (b *brute) candidates(in map[int]bool) (list []uint64) {
	below, above := b.Reference.Mid, b.Reference.Mid
	for ; below > 0 && !b.Market.OnTick(below); below-- {
	}
	for ; !b.Market.OnTick(above); above++ {
	}
	for p := uint64(1); p < bruteTop; p++ {
		if !b.Market.OnTick(p) || market.Deviation(p, b.Reference.Mid) > b.Market.Collar {
			continue
		}
		named := p == below || p == above
		for i, o := range b.orders {
			if in[i] && b.have[i] > 0 {
				free := b.list(o, order.NoBand)
				named = named || free[len(free)-1] == p
			}
		}
		if named {
			list = append(list, p)
		}
	}
	return list
}

// choose applies the four rules to volumes by price.
func (b *brute) choose(list []uint64, volume map[uint64]uint64, in map[int]bool) (uint64, bool) {
	gap := func(p uint64) int64 {
		return int64(b.total(b.side(order.Buy, p, in))) - int64(b.total(b.side(order.Sell, p, in)))
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
	keep(func(p uint64) int64 { return abs(int64(p) - int64(b.Reference.Mid)) })
	if b.Up {
		return list[len(list)-1], true
	}
	return list[0], true
}

// handDown gives a side's orders what they can have of v, and returns what is
// left of it.
func (b *brute) handDown(list []int, v uint64) (fills []Fill, left uint64) {
	for _, i := range list {
		if x := min(b.have[i], v); v > 0 && x >= b.least(i) && len(fills) < b.MaxFills {
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

type bruteResult struct {
	price, volume uint64
	fills         []Fill // Order is the index + 1
}

// round is one pricing of the orders that are in; it takes weak ones out.
func (b *brute) round(in map[int]bool) (r bruteResult, most uint64) {
again:
	volume := map[uint64]uint64{}
	list := b.candidates(in)
	for _, p := range list {
		volume[p] = min(b.total(b.side(order.Buy, p, in)), b.total(b.side(order.Sell, p, in)))
	}
	for {
		p, ok := b.choose(list, volume, in)
		if !ok {
			return bruteResult{}, most
		}
		buyers, sellers := b.side(order.Buy, p, in), b.side(order.Sell, p, in)
		fills, ok := [2][]Fill{}, true
		for s, list := range [2][]int{buyers, sellers} {
			var left uint64
			if fills[s], left = b.handDown(list, volume[p]); left > 0 && len(fills[s]) < b.MaxFills {
				ok = false
			}
		}
		if !ok {
			buys, sells := b.volumes(buyers), b.volumes(sellers)
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
		most = max(most, best)
		if len(fills[0])+len(fills[1]) > b.MaxFills {
			var sums [2]uint64
			var used [2]int
			for used[0]+used[1] < b.MaxFills {
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
					if x < b.least(int(f.Order)-1) {
						delete(in, int(f.Order)-1)
						goto again
					}
					left -= x
					cut = append(cut, Fill{f.Order, x})
				}
				fills[s] = cut
			}
		}
		return bruteResult{p, best, slices.Concat(fills[0], fills[1])}, most
	}
}

// clear is the whole auction; most is the largest volume that was feasible.
func (b *brute) clear() (best bruteResult, most uint64) {
	b.have = nil
	b.prices = nil
	in := map[int]bool{}
	for i, o := range b.orders {
		b.have = append(b.have, o.Qty)
		b.prices = append(b.prices, b.list(o, b.Market.Collar))
		in[i] = len(b.prices[i]) > 0
	}
	b.separate()
	for first := true; ; first = false {
		r, m := b.round(in)
		if first {
			most = m
		}
		if r.volume == 0 || r.volume < best.volume {
			return best, most
		}
		best = r
		left := false
		for i, o := range b.orders {
			trades := slices.ContainsFunc(r.fills, func(f Fill) bool { return int(f.Order) == i+1 })
			if in[i] && b.have[i] > 0 && min(o.MinFill, o.Qty) > 1 && !trades {
				delete(in, i)
				left = true
			}
		}
		if !left {
			return best, most
		}
	}
}

func randomBrute(r *rand.Rand) *brute {
	mid := 90 + r.Uint64N(20)
	b := &brute{Call: Call{
		Market:    market.Record{ID: 1, Base: 1, Quote: 2, LotSize: 1, Tick: 1 + r.Uint64N(4), Collar: uint16(r.IntN(1500)), MinQty: 1},
		Reference: Quote{mid - r.Uint64N(4), mid, mid + r.Uint64N(4)},
		MaxFills:  8, Up: r.IntN(2) == 1,
	}}
	if r.IntN(5) == 0 {
		b.MaxFills = 2 + r.IntN(6)
	}
	for range 2 + r.IntN(7) {
		o := Order{
			Side: order.Side(r.IntN(2)), Limit: mid - 15 + r.Uint64N(31), Qty: 1 + r.Uint64N(6), Band: order.NoBand,
			Owner: Owner(r.IntN(5)), Arrival: uint32(r.IntN(3)), SelfTrade: SelfTrade(r.IntN(4)),
		}
		switch r.IntN(4) {
		case 0:
			o.MinFill = o.Qty
		case 1:
			o.MinFill = r.Uint64N(8)
		}
		if r.IntN(4) == 0 {
			o.Band = uint16(r.IntN(1500))
		}
		if r.IntN(3) == 0 {
			o.Peg, o.Offset = Peg(1+r.IntN(3)), int32(r.IntN(9))-4
		}
		b.orders = append(b.orders, o)
		b.rank = append(b.rank, r.Uint64())
	}
	return b
}

// run clears the orders in a book; the fills name indices + 1 again.
func (b *brute) run(book *Book) Result {
	index := map[ID]int{}
	for i, o := range b.orders {
		index[book.Insert(o)] = i
	}
	c := b.Call
	c.Rank = func(id ID) uint64 { return b.rank[index[id]] }
	r := book.Clear(c)
	fills := slices.Clone(r.Fills)
	for i := range fills {
		fills[i].Order = ID(index[fills[i].Order] + 1)
	}
	r.Fills = fills
	for id := range index {
		book.Remove(id)
	}
	return r
}

func TestBruteForce(t *testing.T) {
	book := New()
	cleared, capped := 0, 0
	for seed := range uint64(20_000) {
		r := rand.New(rand.NewPCG(seed, 13))
		b := randomBrute(r)
		want, most := b.clear()
		got := b.run(book)
		if got.Price != want.price || got.Volume != want.volume || !slices.Equal(got.Fills, want.fills) {
			t.Fatalf("seed %d: %+v\nwant %+v\n%+v\n%s", seed, got, want, b.Call, dump(b))
		}
		if want.volume > 0 {
			cleared++
			if want.volume < most {
				capped++
			}
		}
	}
	t.Logf("%d cleared, %d capped", cleared, capped)
}

func dump(b *brute) (s string) {
	for i, o := range b.orders {
		s += fmt.Sprintf("%d: %+v rank %x\n", i+1, o, b.rank[i])
	}
	return s
}
