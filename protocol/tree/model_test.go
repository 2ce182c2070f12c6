package tree

import (
	"github.com/nightjar/nightjar/protocol/field"
)

// model is the specification in its shortest form: a full tree, hashed anew at
// every question.
type model struct{ leaves []field.Element }

func (m model) node(p place) field.Element {
	switch {
	case p.first() >= uint64(len(m.leaves)):
		return empty[p.level]
	case p.level == 0:
		return m.leaves[p.index]
	}
	child := func(j uint64) field.Element { return m.node(place{p.level - 1, Arity*p.index + j}) }
	return field.K(child(0), child(1), child(2))
}

func (m model) root() field.Element { return m.node(place{Depth, 0}) }

func (m model) path(position uint64) Path {
	path := Path{Position: position}
	for l := range Depth {
		for j, s := range (place{l, position / span[l]}).siblings() {
			path.Siblings[l][j] = m.node(s)
		}
	}
	return path
}

// leaf returns the i-th leaf of the tests; no two are equal.
func leaf(i int) field.Element { return field.FromUint64(1<<32 + uint64(i)) }

func leaves(from, to int) []field.Element {
	out := make([]field.Element, 0, to-from)
	for i := from; i < to; i++ {
		out = append(out, leaf(i))
	}
	return out
}
