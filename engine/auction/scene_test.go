package auction

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/order"
)

// scene is a call with its orders, which fills name by index + 1.
type scene struct {
	Call
	orders []Order
	ranks  []uint64
}

// random draws a small, crowded scene: few prices, few owners, few blocks, so
// that every tie-break is met often.
func random(r *rand.Rand) scene {
	mid := 1 + r.Uint64N(140)
	c := scene{Call: Call{
		Market:    market.Record{ID: 1, Base: 1, Quote: 2, LotSize: 1, Tick: 1 + r.Uint64N(4), Collar: uint16(r.IntN(3000)), MinQty: 1},
		Reference: Quote{Bid: mid - min(mid-1, r.Uint64N(4)), Mid: mid, Ask: mid + r.Uint64N(4)},
		MaxFills:  8, Up: r.IntN(2) == 1,
	}}
	if r.IntN(5) == 0 {
		c.MaxFills = 2 + r.IntN(6)
	}
	for range r.IntN(9) {
		o := Order{
			Side: order.Side(r.IntN(2)), Limit: mid + r.Uint64N(31), Qty: 1 + r.Uint64N(6), Band: order.NoBand,
			Owner: Owner(r.IntN(5)), Arrival: uint32(r.IntN(3)), SelfTrade: order.SelfTrade(r.IntN(4)),
		}
		o.Limit -= min(o.Limit-1, 15)
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
			o.Peg, o.Offset = order.Peg(1+r.IntN(3)), int32(r.IntN(9))-4
		}
		c.orders, c.ranks = append(c.orders, o), append(c.ranks, r.Uint64())
	}
	return c
}

// in clears the scene in a book, whatever else was in it before.
func (s scene) in(b *Book) Result {
	index := map[ID]int{}
	for i, o := range s.orders {
		index[b.Insert(o)] = i
	}
	s.Rank = func(id ID) uint64 { return s.ranks[index[id]] }
	r := b.Clear(s.Call)
	r.Fills, r.Withheld = slices.Clone(r.Fills), slices.Clone(r.Withheld)
	for _, list := range [][]Fill{r.Fills, r.Withheld} {
		for i := range list {
			list[i].Order = ID(index[list[i].Order] + 1)
		}
	}
	for id := range index {
		b.Remove(id)
	}
	return r
}

func (s scene) clear() Result { return s.in(New()) }

// without returns the scene without some orders, and the remaining ones' names
// in it.
func (s scene) without(drop func(i int) bool) (left scene, names []ID) {
	left = s
	left.orders, left.ranks = nil, nil
	for i, o := range s.orders {
		if !drop(i) {
			left.orders, left.ranks, names = append(left.orders, o), append(left.ranks, s.ranks[i]), append(names, ID(i+1))
		}
	}
	return left, names
}

// strangers returns the scene with an owner for each order.
func (s scene) strangers() scene {
	s.orders = slices.Clone(s.orders)
	for i := range s.orders {
		s.orders[i].Owner = Owner(i)
	}
	return s
}

// seeds calls test with so many scenes.
func seeds(t *testing.T, n uint64, test func(r *rand.Rand, s scene)) {
	t.Helper()
	for seed := range n {
		r := rand.New(rand.NewPCG(seed, 13))
		s := random(r)
		if test(r, s); t.Failed() {
			t.Fatalf("seed %d: %+v\n%+v", seed, s.Call, s.orders)
		}
	}
}
