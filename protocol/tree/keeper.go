package tree

import (
	"iter"
	"maps"
	"slices"

	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// Keeper follows the tree and keeps what the paths of marked leaves need: the
// full siblings on their way to the root, each once, however many marks share
// it. A full node is final, so nothing kept is ever updated; what is not full
// comes from an Edge.
//
// A mark costs no hashing. Alone it holds at most 2·Depth nodes; marks share
// the upper ones. The zero value is ready and stands at the empty tree.
type Keeper struct {
	frontier Frontier
	marks    []uint64 // positions, ascending
	nodes    map[place]field.Element
}

// Append appends a batch as Frontier.Append does and marks the leaves with
// the given indices in the batch. A leaf can be marked only here: its left
// siblings are known no longer.
func (k *Keeper) Append(leaves []field.Element, marks []int) error {
	old := len(k.marks)
	for _, i := range marks {
		if i < 0 || i >= len(leaves) {
			k.marks = k.marks[:old]
			return rejection.New(rejection.OutOfRange, "mark %d of a batch of %d leaves", i, len(leaves))
		}
		k.marks = append(k.marks, k.frontier.size+uint64(i))
	}
	slices.Sort(k.marks[old:])
	k.marks = slices.Compact(k.marks)
	if k.nodes == nil {
		k.nodes = make(map[place]field.Element)
	}
	err := k.frontier.grow(leaves, func(level int, first uint64, nodes []field.Element) {
		for i := range nodes {
			if p := (place{level, first + uint64(i)}); k.wanted(p) {
				k.nodes[p] = nodes[i]
			}
		}
	})
	if err != nil {
		k.marks = k.marks[:old] // grow fails before it visits
	}
	return err
}

// within returns those of the ascending positions that lie under p.
func within(positions []uint64, p place) []uint64 {
	from, _ := slices.BinarySearch(positions, p.first())
	n, _ := slices.BinarySearch(positions[from:], p.end())
	return positions[from : from+n]
}

// wanted reports whether p is a sibling on the path of a mark: whether its
// parent has marks that are not under p.
func (k *Keeper) wanted(p place) bool {
	if p.level == Depth {
		return false
	}
	family := within(k.marks, place{p.level + 1, p.index / Arity})
	return len(family) > 0 && len(within(family, p)) < len(family)
}

// Unmark forgets a leaf, for example a spent one. Unknown positions are
// ignored.
func (k *Keeper) Unmark(position uint64) {
	i, ok := slices.BinarySearch(k.marks, position)
	if !ok {
		return
	}
	k.marks = slices.Delete(k.marks, i, i+1)
	for l := range Depth {
		for _, s := range (place{l, position / span[l]}).siblings() {
			if !k.wanted(s) {
				delete(k.nodes, s)
			}
		}
	}
}

// Path returns the path of a marked leaf to the root of edge, which may be of
// any size at which the leaf was in the tree and that this Keeper has reached.
// ok is false for an unmarked leaf, and for an edge outside those sizes.
func (k *Keeper) Path(position uint64, edge Edge) (path Path, ok bool) {
	if _, marked := slices.BinarySearch(k.marks, position); !marked || position >= edge.size || edge.size > k.frontier.size {
		return Path{}, false
	}
	path.Position = position
	for l := range Depth {
		for j, s := range (place{l, position / span[l]}).siblings() {
			node, partial := edge.node(s)
			if !partial {
				node = k.nodes[s]
			}
			path.Siblings[l][j] = node
		}
	}
	return path, true
}

// Size returns the number of leaves appended.
func (k *Keeper) Size() uint64 { return k.frontier.size }

// Edge folds the tree at its present size.
func (k *Keeper) Edge() Edge { return k.frontier.Edge() }

// Root returns the present root.
func (k *Keeper) Root() field.Element { return k.frontier.Root() }

// Frontier returns a copy of the frontier.
func (k *Keeper) Frontier() Frontier { return k.frontier }

// Marks returns the marked positions in ascending order.
func (k *Keeper) Marks() []uint64 { return slices.Clone(k.marks) }

// Clone returns an independent copy.
func (k *Keeper) Clone() *Keeper {
	return &Keeper{frontier: k.frontier, marks: slices.Clone(k.marks), nodes: maps.Clone(k.nodes)}
}

// places yields the places whose nodes are kept, in the order of the
// encoding: by level, then by index. The size and the marks determine them.
func (k *Keeper) places() iter.Seq[place] {
	return func(yield func(place) bool) {
		for l := range Depth {
			next := uint64(0) // first index not looked at yet
			for _, position := range k.marks {
				child := position / span[l]
				child -= child % Arity
				if child < next {
					continue
				}
				next = child + Arity
				for p := (place{l, child}); p.index < next; p.index++ {
					if p.end() <= k.frontier.size && k.wanted(p) && !yield(p) {
						return
					}
				}
			}
		}
	}
}

// Encode returns the canonical encoding: the frontier, a 32-bit count and the
// marks, and the kept nodes in the order of places.
func (k *Keeper) Encode() []byte {
	w := encoding.NewWriter(4096 + 8*len(k.marks) + field.Size*len(k.nodes))
	k.frontier.write(w)
	w.U32(uint32(len(k.marks)))
	for _, position := range k.marks {
		w.U64(position)
	}
	for p := range k.places() {
		field.Write(w, k.nodes[p])
	}
	return w.Bytes()
}

// DecodeKeeper is the inverse of Encode. It checks the form only: whether the
// nodes are those of the chain shows when a path's root equals the edge's.
func DecodeKeeper(b []byte) (*Keeper, error) {
	r := encoding.NewReader(b)
	k := &Keeper{frontier: readFrontier(r), nodes: make(map[place]field.Element)}
	n := r.U32()
	for i := uint32(0); i < n && r.Err() == nil; i++ {
		position := r.U64()
		if i > 0 && position <= k.marks[i-1] || position >= k.frontier.size {
			r.Fail(rejection.New(rejection.NonCanonical, "marks are not ascending positions in the tree"))
		}
		k.marks = append(k.marks, position)
	}
	for p := range k.places() {
		if r.Err() != nil {
			break
		}
		k.nodes[p] = field.Read(r)
	}
	if err := r.Done(); err != nil {
		return nil, err
	}
	return k, nil
}
