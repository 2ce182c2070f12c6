package tree

import "github.com/nightjar/nightjar/protocol/field"

// Arity is the number of children of a node.
const Arity = 3

// Depth is the number of levels above the leaves. It is frozen by the
// circuits: 3^23 leaves last 9.9 years at 100 actions a second.
const Depth = 23

// Capacity is the number of leaves the tree can hold.
const Capacity = 94_143_178_827 // 3^Depth

// span holds the number of leaves under a node of each level: span[l] = 3^l.
var span = func() (s [Depth + 1]uint64) {
	s[0] = 1
	for l := range Depth {
		s[l+1] = Arity * s[l]
	}
	return s
}()

// empty holds the roots of empty subtrees: empty[0] = 0 and
// empty[l+1] = K(empty[l], empty[l], empty[l]). Read-only.
var empty = func() (e [Depth + 1]field.Element) {
	for l := range Depth {
		e[l+1] = field.K(e[l], e[l], e[l])
	}
	return e
}()

// Empty returns the root of an empty subtree of the given level, 0 to Depth.
func Empty(level int) field.Element { return empty[level] }

// place names a node: index counts the nodes of a level from the left.
type place struct {
	level int
	index uint64
}

// first is the position of the first leaf under p, end that after the last.
func (p place) first() uint64 { return p.index * span[p.level] }
func (p place) end() uint64   { return (p.index + 1) * span[p.level] }

// siblings returns the places of the two other children of p's parent, in
// ascending order.
func (p place) siblings() [Arity - 1]place {
	child := p.index - p.index%Arity
	var out [Arity - 1]place
	for j := range out {
		if child == p.index {
			child++
		}
		out[j] = place{p.level, child}
		child++
	}
	return out
}
