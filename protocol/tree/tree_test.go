package tree

import (
	"errors"
	"testing"

	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/rejection"
)

func refused(t *testing.T, err error, code rejection.Code) {
	t.Helper()
	if !errors.Is(err, code) {
		t.Fatalf("got %v, want %s", err, code.Name())
	}
}

func TestCapacityIsThreeToTheDepth(t *testing.T) {
	if span[Depth] != Capacity {
		t.Fatalf("3^%d = %d", Depth, span[Depth])
	}
	if span[TableDepth] != TableSize {
		t.Fatalf("3^%d = %d", TableDepth, span[TableDepth])
	}
}

func TestAppendRefusesAndChangesNothing(t *testing.T) {
	k := new(Keeper)
	if err := k.Append(leaves(0, 5), []int{1}); err != nil {
		t.Fatal(err)
	}
	before, encoded := k.Frontier(), string(k.Encode())
	zero := leaves(5, 9)
	zero[2] = field.Element{}
	refused(t, k.Append(zero, []int{0}), rejection.ZeroCommitment)
	refused(t, k.Append(leaves(5, 9), []int{4}), rejection.OutOfRange)
	refused(t, k.Append(leaves(5, 9), []int{0, -1}), rejection.OutOfRange)
	if k.Frontier() != before || string(k.Encode()) != encoded {
		t.Fatal("a refused batch changed the keeper")
	}
}

// TestLastLeaf fills the tree: the last leaf fits, one more does not, and the
// root of the full tree is its one node of level Depth.
func TestLastLeaf(t *testing.T) {
	f := thinAir(Capacity - 2)
	refused(t, f.Append(leaves(0, 3)), rejection.OutOfRange)
	k := &Keeper{frontier: f}
	if err := k.Append(leaves(0, 2), []int{1}); err != nil {
		t.Fatal(err)
	}
	path, ok := k.Path(Capacity-1, k.Edge())
	if !ok || path.Root(leaf(1)) != k.Root() {
		t.Fatal("path of the last leaf")
	}
	refused(t, k.Append(leaves(2, 3), nil), rejection.OutOfRange)
	if err := k.Append(nil, nil); err != nil {
		t.Fatal("an empty batch fits into a full tree:", err)
	}
	full := k.Frontier()
	back, err := DecodeFrontier(full.Encode())
	if err != nil || back.Root() != k.Root() {
		t.Fatal("full frontier round trip", err)
	}
}

// TestCopies: values are copies and clones are independent.
func TestCopies(t *testing.T) {
	k := new(Keeper)
	if err := k.Append(leaves(0, 4), []int{0, 2}); err != nil {
		t.Fatal(err)
	}
	frontier, clone, encoded := k.Frontier(), k.Clone(), string(k.Encode())
	if err := frontier.Append(leaves(4, 20)); err != nil {
		t.Fatal(err)
	}
	if err := clone.Append(leaves(4, 20), []int{3}); err != nil {
		t.Fatal(err)
	}
	clone.Unmark(0)
	clone.Unmark(1) // never marked: ignored
	k.Marks()[0] = 77
	if string(k.Encode()) != encoded {
		t.Fatal("a copy wrote through")
	}
	if frontier.Root() != clone.Root() {
		t.Fatal("keeper and frontier differ")
	}
}

func TestUnmarkAllKeepsNothing(t *testing.T) {
	k := new(Keeper)
	if err := k.Append(leaves(0, 50), []int{49, 0, 7, 7, 8}); err != nil {
		t.Fatal(err)
	}
	for _, position := range k.Marks() {
		k.Unmark(position)
	}
	if len(k.nodes) != 0 || len(k.Marks()) != 0 {
		t.Fatalf("%d nodes kept for no mark", len(k.nodes))
	}
}

func TestPathRefusesForeignEdges(t *testing.T) {
	k := new(Keeper)
	if err := k.Append(leaves(0, 4), []int{3}); err != nil {
		t.Fatal(err)
	}
	ahead := k.Clone()
	if err := ahead.Append(leaves(4, 6), nil); err != nil {
		t.Fatal(err)
	}
	if _, ok := k.Path(3, ahead.Edge()); ok {
		t.Fatal("an edge the keeper has not reached")
	}
	if _, ok := k.Path(3, Edge{}); ok {
		t.Fatal("an edge from before the leaf")
	}
	if _, ok := k.Path(2, k.Edge()); ok {
		t.Fatal("an unmarked leaf")
	}
}

func TestTableRefuses(t *testing.T) {
	_, err := NewTable(leaves(0, TableSize+1))
	refused(t, err, rejection.OutOfRange)
	table, err := NewTable(nil)
	if err != nil || table.Root() != Empty(TableDepth) {
		t.Fatal("empty table", err)
	}
	refused(t, table.Set(TableSize, leaf(0)), rejection.OutOfRange)
	_, err = table.Path(TableSize)
	refused(t, err, rejection.OutOfRange)
	if l := table.Leaf(TableSize); !l.IsZero() {
		t.Fatal("a leaf past the table")
	}
}

// TestDecodeRefusesMutations flips, cuts and extends encodings: whatever still
// decodes must be what was decoded.
func TestDecodeRefusesMutations(t *testing.T) {
	k := new(Keeper)
	if err := k.Append(leaves(0, 23), []int{2, 11}); err != nil {
		t.Fatal(err)
	}
	b := k.Encode()
	for n := range b {
		if _, err := DecodeKeeper(b[:n]); err == nil {
			t.Fatalf("%d of %d bytes decode", n, len(b))
		}
	}
	_, err := DecodeKeeper(append(b[:len(b):len(b)], 0))
	refused(t, err, rejection.TrailingBytes)
}
