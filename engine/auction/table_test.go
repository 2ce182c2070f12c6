package auction

import (
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/market"
)

// TestTable: whatever is put in and taken out, the table finds what a map does.
func TestTable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table, want := newTable(), map[bucketKey]uint32{}
		var buckets []bucket
		for range rapid.IntRange(0, 400).Draw(t, "steps") {
			key := bucketKey{limit: rapid.Uint64Range(0, 60).Draw(t, "limit"), kind: kind(rapid.IntRange(0, 2).Draw(t, "kind"))}
			at, ok := table.get(buckets, key, table.hash(key))
			if has, there := want[key]; ok != there || ok && at != has {
				t.Fatalf("%v: %d, %v instead of %d, %v", key, at, ok, has, there)
			}
			if ok {
				table.remove(key, at)
				delete(want, key)
				continue
			}
			want[key] = uint32(len(buckets))
			buckets = append(buckets, bucket{key: key})
			table.put(table.hash(key), want[key])
		}
		for key, has := range want {
			if at, ok := table.get(buckets, key, table.hash(key)); !ok || at != has {
				t.Fatalf("%v is lost", key)
			}
		}
	})
}

// TestSteadyState: in a book that has grown to its size, orders come and go and
// are matched without an allocation.
func TestSteadyState(t *testing.T) {
	r := &trader{Rand: rand.New(rand.NewPCG(3, 4))}
	b := New()
	orders, owners := make([]Order, 2000), make([]Owner, 2000)
	for i := range owners {
		owners[i] = Owner(i)
	}
	fill := func() {
		for i := range orders {
			if orders[i] = r.order(); i%3 == 0 {
				orders[i].MinFill = orders[i].Qty / 2
			}
			orders[i].Owner = owners[i]
			orders[i].Limit = 99_990 + r.Uint64N(20)
		}
	}
	fill()
	ids := b.InsertAll(nil, orders)
	call := Call{
		Market:    market.Record{ID: 1, Base: 1, Quote: 2, LotSize: 1, Tick: 2, Collar: 1000, MinQty: 1},
		Reference: Quote{Bid: 99_990, Mid: 100_000, Ask: 100_010}, MaxFills: 64,
		Rank: func(id ID) uint64 { return uint64(id) * 0x9e3779b97f4a7c15 },
	}
	turn := func() {
		for _, id := range ids {
			b.Remove(id)
		}
		fill()
		ids = b.InsertAll(ids[:0], orders)
		if res := b.Clear(call); res.Reason != Cleared {
			t.Fatal(res.Reason)
		}
	}
	for range 100 {
		turn()
	}
	if n := testing.AllocsPerRun(200, turn); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
