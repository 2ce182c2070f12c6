package tree

import (
	"bytes"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/field"
)

// batches draws how a sequence of leaves is cut.
func batches(t *rapid.T) []int {
	return rapid.SliceOfN(rapid.IntRange(0, 14), 0, 6).Draw(t, "batches")
}

// TestBatching: the root and the encoding depend on the leaves alone, and the
// root is the model's.
func TestBatching(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var batched, single Frontier
		var all []field.Element
		for _, n := range batches(t) {
			batch := leaves(len(all), len(all)+n)
			all = append(all, batch...)
			if err := batched.Append(batch); err != nil {
				t.Fatal(err)
			}
			for i := range batch {
				if err := single.Append(batch[i : i+1]); err != nil {
					t.Fatal(err)
				}
			}
		}
		if batched != single {
			t.Fatal("the frontier depends on the batching")
		}
		if got, want := batched.Root(), (model{all}).root(); got != want {
			t.Fatalf("root of %d leaves differs from the model's", len(all))
		}
		if batched.Size() != uint64(len(all)) {
			t.Fatal("size")
		}
	})
}

// TestKeeperFollowsModel: after any appends, marks and unmarks, also through
// its encoding, a keeper's paths are the model's at every edge ever taken.
func TestKeeperFollowsModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := new(Keeper)
		var all []field.Element
		var edges []Edge
		marked := map[uint64]bool{}
		for _, n := range batches(t) {
			batch := leaves(len(all), len(all)+n)
			var marks []int
			for i := range batch {
				if rapid.IntRange(0, 3).Draw(t, "mark") == 0 {
					marks = append(marks, i)
					marked[k.Size()+uint64(i)] = true
				}
			}
			if err := k.Append(batch, marks); err != nil {
				t.Fatal(err)
			}
			all = append(all, batch...)
			edges = append(edges, k.Edge())
			if m := k.Marks(); len(m) > 0 && rapid.Bool().Draw(t, "unmark") {
				gone := rapid.SampledFrom(m).Draw(t, "gone")
				k.Unmark(gone)
				delete(marked, gone)
			}
			if rapid.Bool().Draw(t, "restart") {
				encoded := k.Encode()
				restored, err := DecodeKeeper(encoded)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(restored.Encode(), encoded) {
					t.Fatal("the encoding is not canonical")
				}
				k = restored
			}
		}
		for _, e := range edges {
			then := model{all[:e.Size()]}
			if e.Root() != then.root() {
				t.Fatal("edge root differs from the model's")
			}
			for position := range uint64(len(all)) {
				path, ok := k.Path(position, e)
				if want := marked[position] && position < e.Size(); ok != want {
					t.Fatalf("path of %d at size %d: %v, want %v", position, e.Size(), ok, want)
				}
				if !ok {
					continue
				}
				if diff := cmp.Diff(then.path(position), path); diff != "" {
					t.Fatal(diff)
				}
				if path.Root(all[position]) != e.Root() {
					t.Fatal("the path does not lead to the root")
				}
			}
		}
		// Nothing is kept but what the marks need.
		want := map[place]bool{}
		for position := range marked {
			for l := range Depth {
				for _, s := range (place{l, position / span[l]}).siblings() {
					if s.end() <= k.Size() && len(within(k.marks, s)) < len(within(k.marks, place{l + 1, s.index / Arity})) {
						want[s] = true
					}
				}
			}
		}
		if len(want) != len(k.nodes) {
			t.Fatalf("%d nodes kept, %d needed", len(k.nodes), len(want))
		}
	})
}

// TestPositionIsBound: a path recomputes the root at its own position only,
// so that a leaf has one position and one nullifier.
func TestPositionIsBound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 60).Draw(t, "leaves")
		at := rapid.IntRange(0, n-1).Draw(t, "position")
		other := rapid.Uint64Range(0, Capacity-1).Draw(t, "other")
		k := new(Keeper)
		if err := k.Append(leaves(0, n), []int{at}); err != nil {
			t.Fatal(err)
		}
		path, _ := k.Path(uint64(at), k.Edge())
		if other == path.Position {
			return
		}
		path.Position = other
		if path.Root(leaf(at)) == k.Root() {
			t.Fatalf("the leaf at %d also proves position %d", at, other)
		}
	})
}

// TestDeep starts from frontiers of any size, with nodes out of thin air, so
// that carries at every level and the last leaves of the tree are met.
func TestDeep(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		level := rapid.IntRange(0, Depth).Draw(t, "level")
		below := rapid.Uint64Range(0, 40).Draw(t, "below")
		size := rapid.Uint64Range(1, Capacity/span[level]).Draw(t, "nodes") * span[level]
		size -= min(below, size)
		k := &Keeper{frontier: thinAir(size)}
		n := int(min(60, Capacity-size))
		if n == 0 {
			return
		}
		mark := rapid.IntRange(0, n-1).Draw(t, "mark")
		cut := rapid.IntRange(mark+1, n).Draw(t, "cut")
		batch := leaves(0, n)
		if err := k.Append(batch[:cut], []int{mark}); err != nil {
			t.Fatal(err)
		}
		first := k.Edge()
		if err := k.Append(batch[cut:], nil); err != nil {
			t.Fatal(err)
		}
		for _, e := range []Edge{first, k.Edge()} {
			path, ok := k.Path(size+uint64(mark), e)
			if !ok || path.Root(batch[mark]) != e.Root() {
				t.Fatalf("size %d, mark %d, cut %d: the path does not lead to the root", size, mark, cut)
			}
			var position uint64
			for l, trit := range path.Trits() {
				position += uint64(trit) * span[l]
			}
			if position != path.Position {
				t.Fatal("trits")
			}
		}
		f := k.Frontier()
		back, err := DecodeFrontier(f.Encode())
		if err != nil || back != f {
			t.Fatalf("frontier round trip: %v", err)
		}
	})
}

// thinAir returns a frontier of the given size with made-up nodes.
func thinAir(size uint64) Frontier {
	f := Frontier{size: size}
	for l := range f.full {
		for i := range f.digit(l) {
			f.full[l][i] = leaf(1000 + 2*l + i)
		}
	}
	return f
}

// TestTable compares a table with the model and its paths with its root.
func TestTable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		given := leaves(0, rapid.IntRange(0, 30).Draw(t, "given"))
		table, err := NewTable(given)
		if err != nil {
			t.Fatal(err)
		}
		all := append(slices.Clone(given), make([]field.Element, TableSize-len(given))...)
		for _, i := range rapid.SliceOfN(rapid.Uint32Range(0, TableSize-1), 0, 5).Draw(t, "set") {
			all[i] = leaf(5000 + int(i))
			if err := table.Set(i, all[i]); err != nil {
				t.Fatal(err)
			}
		}
		if table.Root() != (model{all}).node(place{TableDepth, 0}) {
			t.Fatal("root differs from the model's")
		}
		index := rapid.Uint32Range(0, TableSize-1).Draw(t, "index")
		path, err := table.Path(index)
		if err != nil || table.Leaf(index) != all[index] || path.Root(all[index]) != table.Root() {
			t.Fatal("the path does not lead to the root", err)
		}
		var back uint32
		for l, trit := range path.Trits() {
			back += uint32(trit) * uint32(span[l])
		}
		if back != index {
			t.Fatal("trits")
		}
	})
}
