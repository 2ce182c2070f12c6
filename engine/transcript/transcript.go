package transcript

import (
	"bytes"
	"crypto/sha256"
	"slices"

	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/field"
)

// Leaf is what a tree says of one key.
type Leaf struct {
	Key  [field.Size]byte // the order's nullifier
	Data []byte
}

// Tree holds leaves in ascending order of key. Make one with New.
type Tree struct {
	ctx    domain.Context
	leaves []Leaf
	levels [][][32]byte // levels[0] are the leaves' hashes, the last has one node
}

// The first byte of what is hashed.
const (
	leafByte = 0
	nodeByte = 1
	rootByte = 2
)

func hash(ctx domain.Context, kind uint8, parts ...[]byte) [32]byte {
	w := encoding.NewWriter(192)
	w.Var([]byte(ctx))
	w.U8(kind)
	for _, p := range parts {
		w.Fixed(p)
	}
	return sha256.Sum256(w.Bytes())
}

func (l Leaf) hash(ctx domain.Context) [32]byte { return hash(ctx, leafByte, l.Key[:], l.Data) }

// root binds the number of leaves to the top node, which is zero for none.
func root(ctx domain.Context, n uint32, top [32]byte) [32]byte {
	w := encoding.NewWriter(4)
	w.U32(n)
	return hash(ctx, rootByte, w.Bytes(), top[:])
}

// New makes the tree of leaves with distinct keys; it sorts them by key. A
// level's odd last node stands for its own parent.
func New(ctx domain.Context, leaves []Leaf) Tree {
	t := Tree{ctx: ctx, leaves: slices.Clone(leaves)}
	slices.SortFunc(t.leaves, func(x, y Leaf) int { return bytes.Compare(x.Key[:], y.Key[:]) })
	level := make([][32]byte, len(t.leaves))
	for i, l := range t.leaves {
		level[i] = l.hash(ctx)
	}
	t.levels = append(t.levels, level)
	for len(level) > 1 {
		up := make([][32]byte, (len(level)+1)/2)
		for i := range up {
			if up[i] = level[2*i]; 2*i+1 < len(level) {
				up[i] = hash(ctx, nodeByte, level[2*i][:], level[2*i+1][:])
			}
		}
		t.levels = append(t.levels, up)
		level = up
	}
	return t
}

// Root returns the root.
func (t Tree) Root() [32]byte {
	var top [32]byte
	if len(t.leaves) > 0 {
		top = t.levels[len(t.levels)-1][0]
	}
	return root(t.ctx, uint32(len(t.leaves)), top)
}

// Path leads from a leaf to the root.
type Path struct {
	Index, Size uint32     // the leaf's place, and how many there are
	Siblings    [][32]byte // from the leaf up; none where a node stands alone
}

// Find returns the leaf at key with its path, or, if there is none, the leaf
// that would follow it; ok is false past the last.
func (t Tree) Find(key [field.Size]byte) (leaf Leaf, path Path, ok bool) {
	i, _ := slices.BinarySearchFunc(t.leaves, key, func(l Leaf, key [field.Size]byte) int { return bytes.Compare(l.Key[:], key[:]) })
	if i == len(t.leaves) {
		return Leaf{}, Path{}, false
	}
	return t.leaves[i], t.path(i), true
}

func (t Tree) path(i int) Path {
	p := Path{Index: uint32(i), Size: uint32(len(t.leaves))}
	for _, level := range t.levels {
		if sibling := i ^ 1; sibling < len(level) {
			p.Siblings = append(p.Siblings, level[sibling])
		}
		i /= 2
	}
	return p
}

// Verify reports whether leaf is at the path's place under root.
func Verify(ctx domain.Context, want [32]byte, leaf Leaf, p Path) bool {
	node, siblings := leaf.hash(ctx), p.Siblings
	if p.Index >= p.Size {
		return false
	}
	for i, n := p.Index, p.Size; n > 1; i, n = i/2, n/2+n%2 {
		if i^1 >= n {
			continue
		}
		if len(siblings) == 0 {
			return false
		}
		if i%2 == 0 {
			node = hash(ctx, nodeByte, node[:], siblings[0][:])
		} else {
			node = hash(ctx, nodeByte, siblings[0][:], node[:])
		}
		siblings = siblings[1:]
	}
	return len(siblings) == 0 && root(ctx, p.Size, node) == want
}
