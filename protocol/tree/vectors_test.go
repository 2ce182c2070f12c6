package tree

import (
	"errors"
	"testing"

	"github.com/nightjar/nightjar/internal/testkit/vector"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// vectors is spec/vectors/tree.json. Leaf i of every tree is 2^32 + i.
type vectors struct {
	Empty   []vector.Hex    `json:"empty"` // roots of empty subtrees, level 0 to Depth
	Trees   []treeVector    `json:"trees"`
	Tables  []tableVector   `json:"tables"`
	Refused []refusedVector `json:"refused"`
}

type treeVector struct {
	Leaves   int          `json:"leaves"`
	Root     vector.Hex   `json:"root"`
	Frontier vector.Hex   `json:"frontier"`
	Paths    []pathVector `json:"paths"`
	Keeper   vector.Hex   `json:"keeper"` // with the paths' positions marked
}

type pathVector struct {
	Position uint64       `json:"position"`
	Siblings []vector.Hex `json:"siblings"` // from the leaf up, left to right
}

type tableVector struct {
	Leaves   int          `json:"leaves"`
	Root     vector.Hex   `json:"root"`
	Index    uint32       `json:"index"`
	Siblings []vector.Hex `json:"siblings"`
}

type refusedVector struct {
	Type string `json:"type"` // "frontier" or "keeper"
	vector.Refusal
}

func hex(e field.Element) vector.Hex { b := e.Bytes(); return b[:] }

func flatten(siblings [][Arity - 1]field.Element) (out []vector.Hex) {
	for _, pair := range siblings {
		for _, s := range pair {
			out = append(out, hex(s))
		}
	}
	return out
}

func compute(t *testing.T) (v vectors) {
	for l := range Depth + 1 {
		v.Empty = append(v.Empty, hex(Empty(l)))
	}
	for _, c := range []struct {
		leaves int
		marks  []int
	}{{0, nil}, {1, []int{0}}, {3, []int{2}}, {4, []int{1, 3}}, {9, []int{4}}, {100, []int{0, 50, 99}}} {
		k := new(Keeper)
		if err := k.Append(leaves(0, c.leaves), c.marks); err != nil {
			t.Fatal(err)
		}
		f := k.Frontier()
		tree := treeVector{Leaves: c.leaves, Root: hex(k.Root()), Frontier: f.Encode(), Keeper: k.Encode()}
		for _, m := range c.marks {
			path, ok := k.Path(uint64(m), k.Edge())
			if !ok {
				t.Fatal("no path")
			}
			tree.Paths = append(tree.Paths, pathVector{path.Position, flatten(path.Siblings[:])})
		}
		v.Trees = append(v.Trees, tree)
	}
	for _, n := range []int{0, 5, TableSize} {
		table, err := NewTable(leaves(0, n))
		if err != nil {
			t.Fatal(err)
		}
		path, err := table.Path(3)
		if err != nil {
			t.Fatal(err)
		}
		v.Tables = append(v.Tables, tableVector{n, hex(table.Root()), 3, flatten(path.Siblings[:])})
	}
	v.Refused = refusals(t)
	return v
}

// refusals derives one bad encoding of each failure class from good ones.
func refusals(t *testing.T) (out []refusedVector) {
	k := new(Keeper)
	if err := k.Append(leaves(0, 4), []int{1, 3}); err != nil {
		t.Fatal(err)
	}
	f := k.Frontier()
	frontier, keeper := f.Encode(), k.Encode()
	add := func(kind, name string, code rejection.Code, b []byte) {
		out = append(out, refusedVector{kind, vector.Refusal{Name: name, Bytes: b, Code: code.Name()}})
	}
	edit := func(b []byte, offset int, with ...byte) []byte {
		c := append([]byte(nil), b...)
		copy(c[offset:], with)
		return c
	}
	size := encoding.NewWriter(8)
	size.U64(Capacity + 1)
	modulus := field.Element{}
	one := field.FromUint64(1)
	modulus.Sub(&modulus, &one)
	r := modulus.Bytes() // r − 1; one more is r
	r[31]++
	add("frontier", "no bytes", rejection.Truncated, nil)
	add("frontier", "half a node", rejection.Truncated, frontier[:len(frontier)-16])
	add("frontier", "a byte after the last node", rejection.TrailingBytes, append(frontier[:len(frontier):len(frontier)], 0))
	add("frontier", "a size past the capacity", rejection.OutOfRange, size.Bytes())
	add("frontier", "a node equal to the modulus", rejection.NonCanonical, edit(frontier, 8, r[:]...))
	add("frontier", "a leaf of zero", rejection.ZeroCommitment, edit(frontier, 8, make([]byte, 32)...))
	marks := len(frontier) + 4
	add("keeper", "marks in descending order", rejection.NonCanonical, edit(keeper, marks, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 1))
	add("keeper", "a mark given twice", rejection.NonCanonical, edit(keeper, marks+15, 1))
	add("keeper", "a mark past the last leaf", rejection.NonCanonical, edit(keeper, marks+15, 4))
	add("keeper", "more marks than bytes", rejection.Truncated, edit(keeper[:marks+8], marks-4, 0xff, 0xff, 0xff, 0xff))
	add("keeper", "a kept node missing", rejection.Truncated, keeper[:len(keeper)-32])
	add("keeper", "a kept node too many", rejection.TrailingBytes, append(keeper[:len(keeper):len(keeper)], make([]byte, 32)...))
	add("keeper", "a kept node equal to the modulus", rejection.NonCanonical, edit(keeper, marks+16, r[:]...))
	return out
}

func TestVectors(t *testing.T) {
	file := vector.Check(t, "tree", compute(t))
	for _, c := range file.Refused {
		var err error
		switch c.Type {
		case "frontier":
			_, err = DecodeFrontier(c.Bytes)
		case "keeper":
			_, err = DecodeKeeper(c.Bytes)
		default:
			t.Fatalf("unknown type %q", c.Type)
		}
		var got *rejection.Rejection
		if !errors.As(err, &got) || got.Code.Name() != c.Code {
			t.Errorf("%s, %s: got %v, want %s", c.Type, c.Name, err, c.Code)
		}
	}
}
