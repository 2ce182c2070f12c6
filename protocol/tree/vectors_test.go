package tree

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/internal/testkit/vector"
	"github.com/nightjar/nightjar/protocol/field"
)

// vectors is spec/vectors/tree.json. Leaf i of every tree is 2^32 + i.
type vectors struct {
	Empty   []vector.Hex    `json:"empty"` // roots of empty subtrees, level 0 to Depth
	Trees   []treeVector    `json:"trees"`
	Tables  []tableVector   `json:"tables"`
	Appends []appendVector  `json:"appends"` // frontiers of any size
	Full    []appendRefusal `json:"refused_appends"`
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

type appendVector struct {
	Frontier  vector.Hex   `json:"frontier"`
	Root      vector.Hex   `json:"root"`
	Leaves    []vector.Hex `json:"leaves"`
	After     vector.Hex   `json:"after"`
	RootAfter vector.Hex   `json:"root_after"`
}

type appendRefusal struct {
	Name     string       `json:"name"`
	Frontier vector.Hex   `json:"frontier"`
	Leaves   []vector.Hex `json:"leaves"`
	Code     string       `json:"code"`
}

type refusedVector struct {
	Type string `json:"type"` // "frontier" or "keeper"
	vector.Refusal
}

func flatten(siblings [][Arity - 1]field.Element) []vector.Hex {
	out := []vector.Hex{}
	for _, pair := range siblings {
		for _, s := range pair {
			out = append(out, vector.Encode(s))
		}
	}
	return out
}

func elements(t *testing.T, in []vector.Hex) (out []field.Element) {
	t.Helper()
	for _, b := range in {
		out = append(out, vector.Decode(t, b, field.FromBytes))
	}
	return out
}

// same demands that the file says what the code computes.
func same[T any](t *testing.T, what string, file, computed T) {
	t.Helper()
	if diff := cmp.Diff(file, computed); diff != "" {
		t.Errorf("%s (-file +test):\n%s", what, diff)
	}
}

func TestVectors(t *testing.T) {
	file := vector.Read[vectors](t, "tree")
	var empties []vector.Hex
	for l := range Depth + 1 {
		empties = append(empties, vector.Encode(Empty(l)))
	}
	same(t, "empty subtrees", file.Empty, empties)
	for _, v := range file.Trees {
		same(t, fmt.Sprintf("tree of %d", v.Leaves), v, grow(t, v))
	}
	for _, v := range file.Tables {
		table, err := NewTable(leaves(0, v.Leaves))
		if err != nil {
			t.Fatal(err)
		}
		path, err := table.Path(v.Index)
		if err != nil {
			t.Fatal(err)
		}
		got := tableVector{v.Leaves, vector.Encode(table.Root()), v.Index, flatten(path.Siblings[:])}
		same(t, fmt.Sprintf("table of %d", v.Leaves), v, got)
	}
	for i, v := range file.Appends {
		f, err := DecodeFrontier(v.Frontier)
		if err != nil {
			t.Fatal(err)
		}
		got := appendVector{Frontier: f.Encode(), Root: vector.Encode(f.Root()), Leaves: v.Leaves}
		if err := f.Append(elements(t, v.Leaves)); err != nil {
			t.Fatal(err)
		}
		got.After, got.RootAfter = f.Encode(), vector.Encode(f.Root())
		same(t, fmt.Sprintf("append %d", i), v, got)
	}
	for _, v := range file.Full {
		f, err := DecodeFrontier(v.Frontier)
		if err != nil {
			t.Fatal(err)
		}
		vector.Refused(t, v.Name, f.Append(elements(t, v.Leaves)), v.Code)
	}
	for _, v := range file.Refused {
		var err error
		switch v.Type {
		case "frontier":
			_, err = DecodeFrontier(v.Bytes)
		case "keeper":
			_, err = DecodeKeeper(v.Bytes)
		}
		vector.Refused(t, v.Type+", "+v.Name, err, v.Code)
	}
}

// grow appends the tree's leaves, all at once, and makes its paths.
func grow(t *testing.T, v treeVector) treeVector {
	t.Helper()
	k := new(Keeper)
	var marks []int
	for _, p := range v.Paths {
		marks = append(marks, int(p.Position))
	}
	if err := k.Append(leaves(0, v.Leaves), marks); err != nil {
		t.Fatal(err)
	}
	f := k.Frontier()
	got := treeVector{Leaves: v.Leaves, Root: vector.Encode(k.Root()), Frontier: f.Encode(), Keeper: k.Encode(), Paths: []pathVector{}}
	for _, m := range marks {
		path, ok := k.Path(uint64(m), k.Edge())
		if !ok || path.Root(leaves(m, m+1)[0]) != k.Root() {
			t.Errorf("no path of leaf %d of %d", m, v.Leaves)
		}
		got.Paths = append(got.Paths, pathVector{path.Position, flatten(path.Siblings[:])})
	}
	if again, err := DecodeKeeper(v.Keeper); err != nil || !bytes.Equal(again.Encode(), v.Keeper) {
		t.Errorf("keeper of %d leaves: %v", v.Leaves, err)
	}
	return got
}
