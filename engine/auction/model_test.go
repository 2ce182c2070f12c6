package auction

import (
	"math/big"
	"sort"

	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/order"
)

// model is a second reading of spec/13-auction.md that shares no code with the
// engine: it walks every price of the market, recounts everything at each of
// them, and is as slow as that sounds. Prices must stay below modelTop.
const modelTop = 400

// modelTakes: an order takes part at a price that its limit, its band and the
// market's collar allow.
func modelTakes(c Call, o Order, p uint64) bool {
	dev := market.Deviation(p, c.Reference)
	if !c.Market.OnTick(p) || dev > c.Market.Collar || dev > o.Band {
		return false
	}
	if o.Side == order.Buy {
		return p <= o.Limit
	}
	return p >= o.Limit
}

// modelPrices lists what an order takes, ascending.
func modelPrices(c Call, o Order) (list []uint64) {
	for p := uint64(1); p < modelTop; p++ {
		if o.Qty > 0 && modelTakes(c, o, p) {
			list = append(list, p)
		}
	}
	return list
}

// modelEffective is the worst price an order takes if no collar limited it.
func modelEffective(c Call, o Order) uint64 {
	free := c
	free.Market.Collar = order.NoBand
	list := modelPrices(free, o)
	if o.Side == order.Buy {
		return list[len(list)-1]
	}
	return list[0]
}

// modelPriority is the order of allocation on one side.
func modelPriority(c Call, x, y int) bool {
	a, b := c.Orders[x], c.Orders[y]
	pa, pb := modelPrices(c, a), modelPrices(c, b)
	wa, wb := pa[0], pb[0]
	if a.Side == order.Buy {
		wa, wb = pb[len(pb)-1], pa[len(pa)-1]
	}
	if wa != wb {
		return wa < wb
	}
	class := func(o Order) int {
		n := new(big.Int).Mul(new(big.Int).SetUint64(o.Qty), new(big.Int).SetUint64(c.Reference))
		return n.BitLen()
	}
	if class(a) != class(b) {
		return class(a) > class(b)
	}
	return modelOlder(a, b)
}

func modelOlder(a, b Order) bool {
	return a.Arrival < b.Arrival || a.Arrival == b.Arrival && a.Tie < b.Tie
}

// modelSelfTrade returns which orders take part after self-trade prevention.
func modelSelfTrade(c Call) map[int]bool {
	var queue []int
	for i, o := range c.Orders {
		if len(modelPrices(c, o)) > 0 {
			queue = append(queue, i)
		}
	}
	sort.Slice(queue, func(i, j int) bool { return modelOlder(c.Orders[queue[i]], c.Orders[queue[j]]) })
	in := map[int]bool{}
	for _, i := range queue {
		crossed := false
		for j := range in {
			a, b := c.Orders[i], c.Orders[j]
			if a.Owner != b.Owner || a.Side == b.Side {
				continue
			}
			if a.Side == order.Sell {
				a, b = b, a
			}
			bids, asks := modelPrices(c, a), modelPrices(c, b)
			crossed = crossed || bids[len(bids)-1] >= asks[0]
		}
		if !crossed {
			in[i] = true
		}
	}
	return in
}

func modelVolume(c Call, in map[int]bool, p uint64) (demand, supply uint64) {
	for i := range in {
		if o := c.Orders[i]; modelTakes(c, o, p) {
			if o.Side == order.Buy {
				demand += o.Qty
			} else {
				supply += o.Qty
			}
		}
	}
	return demand, supply
}

// modelNeighbour is the reference, or if that is no price, the next one in the
// direction of step.
func modelNeighbour(c Call, step int64) uint64 {
	p := int64(c.Reference)
	for p > 0 && !c.Market.OnTick(uint64(p)) {
		p += step
	}
	return uint64(p)
}

// modelPrice applies the price rules one after the other to a shrinking list.
func modelPrice(c Call, in map[int]bool) (price, volume uint64) {
	var list []uint64
	for p := uint64(1); p < modelTop; p++ {
		if !c.Market.OnTick(p) || market.Deviation(p, c.Reference) > c.Market.Collar {
			continue
		}
		candidate := p == modelNeighbour(c, -1) || p == modelNeighbour(c, +1)
		for i := range in {
			candidate = candidate || modelEffective(c, c.Orders[i]) == p
		}
		if candidate {
			list = append(list, p)
		}
	}
	keep := func(score func(p uint64) int64) { // the smallest scores stay
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
	surplus := func(p uint64) int64 {
		d, s := modelVolume(c, in, p)
		return int64(d) - int64(s)
	}
	keep(func(p uint64) int64 {
		d, s := modelVolume(c, in, p)
		return -int64(min(d, s))
	})
	keep(func(p uint64) int64 { return max(surplus(p), -surplus(p)) })
	if len(list) == 0 {
		return 0, 0
	}
	bought, sold := true, true
	for _, p := range list {
		bought = bought && surplus(p) > 0
		sold = sold && surplus(p) < 0
	}
	switch {
	case bought:
		keep(func(p uint64) int64 { return -int64(p) })
	case sold:
		keep(func(p uint64) int64 { return int64(p) })
	default:
		keep(func(p uint64) int64 {
			d := int64(p) - int64(c.Reference)
			return max(d, -d)
		})
		keep(func(p uint64) int64 {
			if c.Up {
				return -int64(p)
			}
			return int64(p)
		})
	}
	d, s := modelVolume(c, in, list[0])
	return list[0], min(d, s)
}

// modelClear is the whole auction; it knows no cap on fills.
func modelClear(c Call) (price uint64, lots map[int]uint64) {
	in := modelSelfTrade(c)
	var most uint64
	for round := 0; ; round++ {
		p, volume := modelPrice(c, in)
		if volume == 0 || volume < most {
			return price, lots
		}
		got, passed := modelAllocate(c, in, p, volume)
		var leave []int
		switch {
		case len(passed) == 0:
			price, lots, most = p, got, volume
			for i := range in {
				if got[i] == 0 && min(c.Orders[i].MinFill, c.Orders[i].Qty) > 1 {
					leave = append(leave, i)
				}
			}
			if len(leave) == 0 || round >= 32 {
				return price, lots
			}
		case round < 16:
			leave = passed[len(passed)-1:]
		case round < 32:
			leave = passed
		default:
			for i := range in {
				if min(c.Orders[i].MinFill, c.Orders[i].Qty) > 1 {
					leave = append(leave, i)
				}
			}
		}
		for _, i := range leave {
			delete(in, i)
		}
	}
}

// modelAllocate hands volume down both sides; passed is empty if all of it
// found somebody.
func modelAllocate(c Call, in map[int]bool, price, volume uint64) (lots map[int]uint64, passed []int) {
	lots = map[int]uint64{}
	for _, side := range []order.Side{order.Buy, order.Sell} {
		var queue []int
		for i := range in {
			if c.Orders[i].Side == side && modelTakes(c, c.Orders[i], price) {
				queue = append(queue, i)
			}
		}
		sort.Slice(queue, func(i, j int) bool { return modelPriority(c, queue[i], queue[j]) })
		left := volume
		var skipped []int
		for _, i := range queue {
			o := c.Orders[i]
			n := min(o.Qty, left)
			if n > 0 && n < min(o.MinFill, o.Qty) {
				skipped = append(skipped, i)
			} else if n > 0 {
				lots[i] = n
				left -= n
			}
		}
		if left > 0 {
			return nil, skipped
		}
	}
	return lots, nil
}
