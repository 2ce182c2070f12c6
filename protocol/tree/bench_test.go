package tree

import (
	"fmt"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bls12-381/fr/poseidon2"

	"github.com/nightjar/nightjar/protocol/field"
)

// BenchmarkAppend appends batches and folds the root after each, as a block
// does; docs/adr/0002 quotes it.
func BenchmarkAppend(b *testing.B) {
	for _, n := range []int{1, 3, 30, 300, 3000} {
		batch := leaves(0, n)
		b.Run(fmt.Sprintf("ternary/batch=%d", n), func(b *testing.B) {
			var f Frontier
			for b.Loop() {
				if err := f.Append(batch); err != nil {
					b.Fatal(err)
				}
				f.Root()
			}
			perLeaf(b, n)
		})
		b.Run(fmt.Sprintf("binary/batch=%d", n), func(b *testing.B) {
			f := newBinary()
			for b.Loop() {
				f.append(batch)
				f.root()
			}
			perLeaf(b, n)
		})
	}
}

// BenchmarkAppendOnly appends what one action adds, without a root: what a
// wallet pays that scans.
func BenchmarkAppendOnly(b *testing.B) {
	batch := leaves(0, 3)
	var k Keeper
	for b.Loop() {
		if err := k.Append(batch, nil); err != nil {
			b.Fatal(err)
		}
	}
	perLeaf(b, len(batch))
}

// BenchmarkKeeper is BenchmarkAppend with a tenth of the leaves marked: marks
// must not cost hashes.
func BenchmarkKeeper(b *testing.B) {
	const n = 300
	batch := leaves(0, n)
	var marks []int
	for i := 0; i < n; i += 10 {
		marks = append(marks, i)
	}
	for _, held := range []int{0, 300, 10_000} {
		b.Run(fmt.Sprintf("held=%d", held), func(b *testing.B) {
			k := new(Keeper)
			for len(k.marks) < held {
				if err := k.Append(batch, marks); err != nil {
					b.Fatal(err)
				}
			}
			for b.Loop() {
				if err := k.Append(batch, marks); err != nil {
					b.Fatal(err)
				}
				for _, position := range k.marks[len(k.marks)-len(marks):] {
					k.Unmark(position)
				}
				k.Root()
			}
			perLeaf(b, n)
		})
	}
}

func BenchmarkPath(b *testing.B) {
	k := new(Keeper)
	if err := k.Append(leaves(0, 3000), []int{1234}); err != nil {
		b.Fatal(err)
	}
	edge := k.Edge()
	for b.Loop() {
		if _, ok := k.Path(1234, edge); !ok {
			b.Fatal("no path")
		}
	}
}

func BenchmarkTable(b *testing.B) {
	given := make([]field.Element, TableSize)
	copy(given, leaves(0, 3))
	for b.Loop() {
		if _, err := NewTable(given); err != nil {
			b.Fatal(err)
		}
	}
}

func perLeaf(b *testing.B, n int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/leaf")
}

// binary is the tree that was not chosen, for comparison only: arity 2, depth
// 37 (the least with 2^37 ≥ 3^23 leaves), Poseidon2 of width 2.
type binary struct {
	permutation *poseidon2.Permutation
	size        uint64
	full        [binaryDepth + 1]field.Element
	empty       [binaryDepth + 1]field.Element
}

const binaryDepth = 37

func newBinary() *binary {
	f := &binary{permutation: poseidon2.NewPermutation(2, field.FullRounds, field.PartialRounds)}
	for l := range binaryDepth {
		f.empty[l+1] = f.hash(f.empty[l], f.empty[l])
	}
	return f
}

func (f *binary) hash(left, right field.Element) field.Element {
	s := [2]field.Element{left, right}
	if err := f.permutation.Permutation(s[:]); err != nil {
		panic(err)
	}
	s[0].Add(&s[0], &left)
	return s[0]
}

func (f *binary) append(leaves []field.Element) {
	nodes := append(make([]field.Element, 0, len(leaves)+1), leaves...)
	for l := range binaryDepth {
		if f.size>>l&1 == 1 {
			nodes = append([]field.Element{f.full[l]}, nodes...)
		}
		if len(nodes)%2 == 1 {
			f.full[l] = nodes[len(nodes)-1]
		}
		for i := range len(nodes) / 2 {
			nodes[i] = f.hash(nodes[2*i], nodes[2*i+1])
		}
		nodes = nodes[:len(nodes)/2]
	}
	f.size += uint64(len(leaves))
}

func (f *binary) root() field.Element {
	var partial field.Element
	for l := range binaryDepth {
		switch {
		case f.size>>l&1 == 1:
			partial = f.hash(f.full[l], partial)
		case f.size&(1<<l-1) == 0:
			partial = f.empty[l+1]
		default:
			partial = f.hash(partial, f.empty[l])
		}
	}
	return partial
}
