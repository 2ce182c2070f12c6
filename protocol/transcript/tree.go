package transcript

import (
	"bytes"
	"crypto/sha256"
	"slices"

	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/encoding"
)

// Entry is what a tree binds to one key.
type Entry struct {
	Key   [32]byte
	Value [32]byte
}

// Tree holds entries in ascending order of key. Make one with New.
type Tree struct {
	ctx     domain.Context
	entries []Entry
	levels  [][][32]byte // levels[0] are the entries' hashes, the last has one node
}

// The byte after the context of what is hashed.
const (
	leafByte    = 0
	nodeByte    = 1
	rootByte    = 2
	auctionByte = 3
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

func (e Entry) hash(ctx domain.Context) [32]byte { return hash(ctx, leafByte, e.Key[:], e.Value[:]) }

// root binds the number of entries to the top node, which is zero for none.
func root(ctx domain.Context, n uint32, top [32]byte) [32]byte {
	w := encoding.NewWriter(4)
	w.U32(n)
	return hash(ctx, rootByte, w.Bytes(), top[:])
}

// New makes the tree of entries with distinct keys; it sorts them by key. A
// level's odd last node stands for its own parent.
func New(ctx domain.Context, entries []Entry) Tree {
	t := Tree{ctx: ctx, entries: slices.Clone(entries)}
	slices.SortFunc(t.entries, func(x, y Entry) int { return bytes.Compare(x.Key[:], y.Key[:]) })
	level := make([][32]byte, len(t.entries))
	for i, e := range t.entries {
		level[i] = e.hash(ctx)
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

// Len returns the number of entries.
func (t Tree) Len() int { return len(t.entries) }

// Root returns the root.
func (t Tree) Root() [32]byte {
	var top [32]byte
	if len(t.entries) > 0 {
		top = t.levels[len(t.levels)-1][0]
	}
	return root(t.ctx, uint32(len(t.entries)), top)
}

// Find returns the place of key, or the place at which it would stand.
func (t Tree) Find(key [32]byte) (place int, found bool) {
	return slices.BinarySearchFunc(t.entries, key, func(e Entry, key [32]byte) int { return bytes.Compare(e.Key[:], key[:]) })
}

// Path leads from an entry to the root.
type Path struct {
	Index, Size uint32     // the entry's place, and how many there are
	Siblings    [][32]byte // from the entry up; none where a node stands alone
}

// Path returns the path of entry number i.
func (t Tree) Path(i int) Path {
	p := Path{Index: uint32(i), Size: uint32(len(t.entries))}
	for _, level := range t.levels {
		if sibling := i ^ 1; sibling < len(level) {
			p.Siblings = append(p.Siblings, level[sibling])
		}
		i /= 2
	}
	return p
}

// Verify reports whether e is at the path's place under root.
func Verify(ctx domain.Context, want [32]byte, e Entry, p Path) bool {
	if p.Index >= p.Size || len(p.Siblings) != siblings(p.Index, p.Size) {
		return false
	}
	node, rest := e.hash(ctx), p.Siblings
	for i, n := p.Index, p.Size; n > 1; i, n = i/2, n/2+n%2 {
		switch {
		case i^1 >= n:
			continue
		case i%2 == 0:
			node = hash(ctx, nodeByte, node[:], rest[0][:])
		default:
			node = hash(ctx, nodeByte, rest[0][:], node[:])
		}
		rest = rest[1:]
	}
	return root(ctx, p.Size, node) == want
}

// siblings returns how many nodes the path of entry i of n meets.
func siblings(i, n uint32) (count int) {
	for ; n > 1; i, n = i/2, n/2+n%2 {
		if i^1 < n {
			count++
		}
	}
	return count
}
