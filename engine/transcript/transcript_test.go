package transcript

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/field"
)

func leaves(n int) (list []Leaf) {
	for i := range n {
		e := field.H(1, field.FromUint64(uint64(i)))
		list = append(list, Leaf{Key: e.Bytes(), Data: []byte{byte(i)}})
	}
	return list
}

// TestPaths: every leaf's path verifies, and with anything else about it it
// does not.
func TestPaths(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 70).Draw(t, "leaves")
		list := leaves(n)
		tree := New(domain.Intake, list)
		i := rapid.IntRange(0, n-1).Draw(t, "leaf")
		leaf, path, ok := tree.Find(list[i].Key)
		verify := func(leaf Leaf, path Path) bool { return Verify(domain.Intake, tree.Root(), leaf, path) }
		if !ok || leaf.Data[0] != byte(i) || !verify(leaf, path) {
			t.Fatalf("leaf %d of %d", i, n)
		}
		other := leaf
		other.Data = []byte{byte(i) + 1}
		longer, moved, resized := path, path, path
		longer.Siblings = append(longer.Siblings[:len(path.Siblings):len(path.Siblings)], [32]byte{})
		moved.Index++
		resized.Size++
		for what, bad := range map[string]bool{
			"data":    verify(other, path),
			"longer":  verify(leaf, longer),
			"moved":   verify(leaf, moved),
			"resized": verify(leaf, resized),
			"context": Verify(domain.Transcript, tree.Root(), leaf, path),
		} {
			if bad {
				t.Fatalf("another %s verifies", what)
			}
		}
		if len(path.Siblings) > 0 {
			shorter := path
			shorter.Siblings = path.Siblings[1:]
			if verify(leaf, shorter) {
				t.Fatal("a shorter path verifies")
			}
		}
	})
}

// TestAbsence: a missing key's neighbours are next to each other.
func TestAbsence(t *testing.T) {
	list := leaves(9)
	tree := New(domain.Intake, list)
	for _, l := range list {
		missing := l.Key
		missing[31]++ // just past it
		before, p, _ := tree.Find(l.Key)
		after, q, ok := tree.Find(missing)
		if before.Key != l.Key || ok != (p.Index+1 < p.Size) || ok && (q.Index != p.Index+1 || !Verify(domain.Intake, tree.Root(), after, q)) {
			t.Fatalf("place %d: next is %d, found %v", p.Index, q.Index, ok)
		}
	}
}

// TestRoot: bound to every leaf and to their number, not to their sequence.
func TestRoot(t *testing.T) {
	seen := map[[32]byte]int{}
	for n := range 40 {
		list := leaves(n)
		r := New(domain.Intake, list).Root()
		if m, ok := seen[r]; ok {
			t.Fatalf("%d and %d leaves share a root", m, n)
		}
		seen[r] = n
		for i := range n / 2 {
			list[i], list[n-1-i] = list[n-1-i], list[i]
		}
		if New(domain.Intake, list).Root() != r {
			t.Fatal("the sequence changes the root")
		}
	}
}
