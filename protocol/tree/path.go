package tree

import "github.com/nightjar/nightjar/protocol/field"

// Path proves that a leaf stands at Position in a tree of one root.
type Path struct {
	Position uint64
	Siblings [Depth][Arity - 1]field.Element // from the leaf up, left to right
}

// Trits returns the base-3 digits of Position, lowest first: which child the
// path takes at each level.
func (p Path) Trits() (trits [Depth]uint8) {
	position := p.Position
	for l := range trits {
		trits[l] = uint8(position % Arity)
		position /= Arity
	}
	return trits
}

// Root returns the root of the tree in which leaf stands at p.Position.
func (p Path) Root(leaf field.Element) field.Element {
	return climb(leaf, p.Position, p.Siblings[:])
}

// climb hashes node up through its siblings.
func climb(node field.Element, index uint64, siblings [][Arity - 1]field.Element) field.Element {
	for _, s := range siblings {
		switch index % Arity {
		case 0:
			node = field.K(node, s[0], s[1])
		case 1:
			node = field.K(s[0], node, s[1])
		case 2:
			node = field.K(s[0], s[1], node)
		}
		index /= Arity
	}
	return node
}
