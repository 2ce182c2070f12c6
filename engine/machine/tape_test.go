package machine

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/engine/book"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// trade is one fill, as the model of the tape keeps it.
type trade struct {
	pool  book.Pool
	block uint32
	owner string
	side  order.Side
	lots  uint64
	price uint64
}

// put records a fill as a settlement does.
func (m *Machine) put(x trade) {
	e := book.Entry{Order: order.Order{Terms: order.Terms{Market: x.pool.Market, Side: x.side}, OID: oid(x.owner)}}
	e.Handling.Pool = x.pool.Kind
	m.record(&e, x.lots, x.price)
}

// next lets a block without anything in it pass.
func (m *Machine) next(t tester, c Chain) {
	t.Helper()
	if _, err := m.Step(Block{Height: m.height + 1, Chain: c}); err != nil {
		t.Fatalf("%v", err)
	}
}

// printing is a chain with heartbeats in every k blocks; its markets' grids have
// steps of 1 and of 5.
func printing(k uint32) Chain {
	return Chain{Params: Params{Heartbeat: k}, Markets: []Market{{Record: market.Record{ID: 1, Tick: 2}}, {Record: market.Record{ID: 4, Tick: 5}}}}
}

// expected says spec/13's "Prints" a second time, from all fills and what was
// printed of them, without buckets: at a height of heartbeats, per pool, what
// has not been printed and is k blocks old, if it is of three owners.
func expected(all []trade, printed []bool, height, k uint32, c Chain) (list []registry.Print) {
	for _, of := range []book.Pool{{Market: 1}, {Market: 1, Kind: order.Natural}, {Market: 4}, {Market: 4, Kind: order.Natural}} {
		var mine []int
		owners := map[string]bool{}
		lots, notional := new(big.Int), new(big.Int)
		p := registry.Print{Market: of.Market, Pool: of.Kind, First: math.MaxUint64}
		for i, x := range all {
			if printed[i] || x.pool != of || height < k || x.block > height-k {
				continue
			}
			mine, owners[x.owner] = append(mine, i), true
			p.First, p.Last = min(p.First, uint64(x.block)), max(p.Last, uint64(x.block))
			if x.side == order.Buy {
				n := new(big.Int).SetUint64(x.lots)
				lots.Add(lots, n)
				notional.Add(notional, n.Mul(n, new(big.Int).SetUint64(x.price)))
			}
		}
		if height%k != 0 || len(owners) < 3 || lots.Sign() == 0 {
			continue
		}
		for _, i := range mine {
			printed[i] = true
		}
		step := uint64(1)
		if of.Market == 4 {
			step = 5
		}
		p.Lots, p.Price = lots.Uint64(), notional.Div(notional, lots).Uint64()/step*step
		if of.Kind == order.Natural {
			for class := uint64(1); ; class *= 2 {
				if class > p.Lots/2 {
					p.Lots = class
					break
				}
			}
		}
		list = append(list, p)
	}
	return list
}

// drawTrade draws a fill of one of some owners.
func drawTrade(t *rapid.T, block uint32, owners []string) trade {
	return trade{
		pool:  book.Pool{Market: rapid.SampledFrom([]uint32{1, 4}).Draw(t, "market"), Kind: order.Pool(rapid.IntRange(0, 1).Draw(t, "pool"))},
		block: block, owner: rapid.SampledFrom(owners).Draw(t, "owner"), side: order.Side(rapid.IntRange(0, 1).Draw(t, "side")),
		lots:  rapid.Uint64Range(1, 1<<rapid.IntRange(0, 50).Draw(t, "size")).Draw(t, "lots"),
		price: 5 * rapid.Uint64Range(1, math.MaxUint64/5).Draw(t, "price"),
	}
}

// TestPrintsAddUp: whatever settles, prints are those of the model, so that each
// fill is in one at most; a machine decoded on the way says the same.
func TestPrintsAddUp(t *testing.T) {
	someone := 0
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.Uint32Range(1, 5).Draw(t, "interval")
		c := printing(k)
		m := New(0)
		var all []trade
		var printed []bool
		for range rapid.IntRange(1, 30).Draw(t, "blocks") {
			m.next(t, c)
			for range rapid.IntRange(0, 3).Draw(t, "fills") {
				x := drawTrade(t, m.Height(), []string{"Ann", "Bob", "Cid", "Dan", "Eve"})
				m.put(x)
				all, printed = append(all, x), append(printed, false)
			}
			want := expected(all, printed, m.Height(), k, c)
			if d := cmp.Diff(want, m.Prints(), cmpopts.EquateEmpty()); d != "" {
				t.Fatalf("block %d (-model +machine): %s", m.Height(), d)
			}
			someone += len(want)
			if rapid.IntRange(0, 5).Draw(t, "decode") == 0 {
				decoded, err := Decode(m.Encode(), c)
				if err != nil || string(decoded.Encode()) != string(m.Encode()) {
					t.Fatalf("decoded: %v", err)
				}
				m = decoded
			}
		}
	})
	if someone == 0 {
		t.Fatal("nothing was ever printed")
	}
}

// TestTwoOwnersNeverPrint: whatever two owners do in a pool, and others in other
// pools, is never printed; with one fill of a third it is.
func TestTwoOwnersNeverPrint(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.Uint32Range(1, 4).Draw(t, "interval")
		c := printing(k)
		m := New(0)
		for range rapid.IntRange(1, 40).Draw(t, "blocks") {
			m.next(t, c)
			for range rapid.IntRange(0, 4).Draw(t, "fills") {
				x := drawTrade(t, m.Height(), []string{"one", "other"})
				x.owner += fmt.Sprint(x.pool)
				m.put(x)
			}
			if p := m.Prints(); len(p) > 0 {
				t.Fatalf("block %d: two owners' fills are printed: %v", m.Height(), p)
			}
		}
		x := drawTrade(t, m.Height(), []string{"third"})
		for i, owner := range []string{"one", "other", "third"} {
			x.owner, x.side = owner+fmt.Sprint(x.pool), order.Side(i%2)
			m.put(x)
		}
		seen := 0
		for range 2 * k {
			m.next(t, c)
			seen += len(m.Prints())
		}
		if seen != 1 {
			t.Fatalf("%d prints after a third owner's fill", seen)
		}
	})
}

// TestPrintsAreLate: a fill is printed k blocks after its settlement at the
// earliest, also when governance makes the interval longer or shorter, and never
// between two heights of heartbeats.
func TestPrintsAreLate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := New(0)
		k := rapid.Uint32Range(1, 6).Draw(t, "interval")
		for range 40 {
			if rapid.IntRange(0, 5).Draw(t, "change") == 0 {
				k = rapid.Uint32Range(1, 6).Draw(t, "interval")
			}
			m.next(t, printing(k))
			for i, owner := range []string{"Ann", "Bob", "Cid"} {
				m.put(trade{book.Pool{Market: 1}, m.Height(), owner, order.Side(i % 2), 3, 100})
			}
			for _, p := range m.Prints() {
				if m.Height()%k != 0 || p.Last+uint64(k) > uint64(m.Height()) {
					t.Fatalf("block %d, interval %d: %v", m.Height(), k, p)
				}
			}
		}
	})
	c := printing(4)
	m := New(0)
	var heights []uint32
	for range 16 {
		m.next(t, c)
		if m.Height() == 4 || m.Height() == 5 {
			for i, owner := range []string{"Ann", "Bob", "Cid"} {
				m.put(trade{book.Pool{Market: 1}, m.Height(), owner, order.Side(i % 2), 3, 100})
			}
		}
		if len(m.Prints()) > 0 {
			heights = append(heights, m.Height())
		}
	}
	if want := []uint32{8, 12}; !slices.Equal(heights, want) {
		t.Fatalf("printed at %v, want %v", heights, want)
	}
}

// TestPrint: the rounding, the classes of naturals, and sums past 64 bits.
func TestPrint(t *testing.T) {
	const top = math.MaxUint64
	three := []field.Element{oid("a"), oid("b"), oid("c")}
	for name, v := range map[string]struct {
		kind        order.Pool
		tick        uint64
		fills       [][2]uint64 // lots and price of buys
		lots, price uint64
	}{
		"exact":                 {order.All, 2, [][2]uint64{{10, 100}}, 10, 100},
		"down to the step":      {order.All, 2, [][2]uint64{{1, 100}, {2, 101}}, 3, 100},
		"down to an odd tick":   {order.All, 5, [][2]uint64{{1, 5}, {9, 10}}, 10, 5},
		"down to half a tick":   {order.All, 10, [][2]uint64{{1, 5}, {9, 10}}, 10, 5},
		"the largest":           {order.All, 1, [][2]uint64{{top, top}}, top, top},
		"past 64 bits":          {order.All, 1, [][2]uint64{{1 << 40, 1 << 60}, {1 << 40, 1<<60 + 1}}, 1 << 41, 1 << 60},
		"a class":               {order.Natural, 2, [][2]uint64{{1024, 100}}, 1024, 100},
		"just below a class":    {order.Natural, 2, [][2]uint64{{1023, 100}}, 512, 100},
		"one lot":               {order.Natural, 2, [][2]uint64{{1, 7}}, 1, 7},
		"the largest class":     {order.Natural, 1, [][2]uint64{{top, 1}}, 1 << 63, 1},
		"lots that stay below":  {order.All, 1, [][2]uint64{{top - 1, 1}, {1, 1}}, top, 1},
		"lots that would reach": {order.All, 1, [][2]uint64{{top, 1}, {1, 100}}, top, 1},
	} {
		var b bucket
		for _, f := range v.fills {
			b = b.plus(fill(order.Order{Terms: order.Terms{Side: order.Buy}}, f[0], f[1], 7))
		}
		b.owners = three
		want := registry.Print{Market: 3, Pool: v.kind, First: 7, Last: 7, Lots: v.lots, Price: v.price}
		if got := b.print(book.Pool{Market: 3, Kind: v.kind}, v.tick); got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
}

// TestSellersAreNotCounted: a trade has its lots once, and its owners on both
// sides.
func TestSellersAreNotCounted(t *testing.T) {
	m, c := New(0), printing(1)
	m.next(t, c)
	of := book.Pool{Market: 1}
	m.put(trade{of, 1, "Ann", order.Sell, 4, 100})
	m.put(trade{of, 1, "Bob", order.Sell, 6, 100})
	m.put(trade{of, 1, "Dan", order.Sell, 1, 100})
	m.next(t, c)
	if p := m.Prints(); len(p) != 0 {
		t.Fatalf("sales alone: %v", p)
	}
	m.put(trade{of, 2, "Cid", order.Buy, 11, 100})
	m.next(t, c)
	if want := []registry.Print{{Market: 1, First: 1, Last: 2, Lots: 11, Price: 100}}; !cmp.Equal(m.Prints(), want) {
		t.Fatalf("%v", m.Prints())
	}
}

// TestResetForgetsFills: who starts with an empty book starts with empty
// buckets, and an unknown version of the state is refused.
func TestResetForgetsFills(t *testing.T) {
	m, c := New(0), printing(1)
	m.next(t, c)
	for i, owner := range []string{"Ann", "Bob", "Cid"} {
		m.put(trade{book.Pool{Market: 1}, 1, owner, order.Side(i % 2), 3, 100})
	}
	reset := New(1)
	m.next(t, c)
	reset.next(t, c)
	if len(m.Prints()) != 1 || len(reset.Prints()) != 0 {
		t.Fatalf("%v, after a reset %v", m.Prints(), reset.Prints())
	}
	old := m.Encode()
	old[0] = 1
	if _, err := Decode(old, c); !errors.Is(err, rejection.UnknownVersion) {
		t.Fatal(err)
	}
}
