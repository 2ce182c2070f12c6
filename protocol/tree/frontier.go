package tree

import (
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// Frontier is the right edge of the tree: at each level the full nodes whose
// parent is not full yet. Level l has as many as the l-th base-3 digit of the
// size. The zero value is the empty tree; an assignment is a copy, so a block
// that is given up costs nothing to undo.
type Frontier struct {
	size uint64
	full [Depth + 1][Arity - 1]field.Element // full[Depth][0] is the root of a full tree
}

// Size returns the number of leaves, which is the next leaf's position.
func (f *Frontier) Size() uint64 { return f.size }

// digit returns how many nodes of full[level] are in use.
func (f *Frontier) digit(level int) int { return int(f.size / span[level] % Arity) }

// Append appends a batch of leaves; the first gets position Size(). It refuses
// a zero leaf (ZERO_COMMITMENT: zero means empty, and with it the root would
// not say how many leaves there are) and a batch that does not fit
// (OUT_OF_RANGE), and then changes nothing.
//
// It costs one hash per two leaves, whatever the batching: the root is hashed
// only when Edge or Root asks for it.
func (f *Frontier) Append(leaves []field.Element) error {
	return f.grow(leaves, func(int, uint64, []field.Element) {})
}

// grow appends leaves and shows visit, level by level from the leaves up, the
// full nodes of that level which are new or were waiting for them: nodes[i]
// is the node of index first + i. Visit must not keep the slice.
func (f *Frontier) grow(leaves []field.Element, visit func(level int, first uint64, nodes []field.Element)) error {
	if uint64(len(leaves)) > Capacity-f.size {
		return rejection.New(rejection.OutOfRange, "the tree is full")
	}
	for i := range leaves {
		if leaves[i].IsZero() {
			return rejection.New(rejection.ZeroCommitment, "leaf %d of the batch is zero", i)
		}
	}
	// One buffer serves all levels: parents overwrite children from the left,
	// and a parent lies before the first child still to be read.
	buffer := make([]field.Element, Arity-1+len(leaves))
	fresh := buffer[Arity-1:]
	copy(fresh, leaves)
	for l := range Depth + 1 {
		waiting := f.digit(l)
		nodes := buffer[Arity-1-waiting : Arity-1+len(fresh)]
		copy(nodes, f.full[l][:waiting])
		visit(l, f.size/span[l]-uint64(waiting), nodes)
		if l == Depth {
			copy(f.full[l][:], nodes)
			break
		}
		parents := len(nodes) / Arity
		rest := nodes[parents*Arity:]
		// The rest goes first: hashing overwrites the buffer.
		f.full[l] = [Arity - 1]field.Element{}
		copy(f.full[l][:], rest)
		for i := range parents {
			fresh[i] = field.K(nodes[Arity*i], nodes[Arity*i+1], nodes[Arity*i+2])
		}
		fresh = fresh[:parents]
	}
	f.size += uint64(len(leaves))
	return nil
}

// Root returns the root of the tree; it costs up to Depth hashes.
func (f *Frontier) Root() field.Element {
	e := f.Edge()
	return e.Root()
}

// Edge folds the frontier: it hashes the nodes that are not full.
func (f *Frontier) Edge() Edge {
	e := Edge{size: f.size}
	for l := range Depth {
		d := f.digit(l)
		if d == 0 && f.size%span[l] == 0 {
			e.partial[l+1] = empty[l+1]
			continue
		}
		child := [Arity]field.Element{empty[l], empty[l], empty[l]}
		copy(child[:], f.full[l][:d])
		child[d] = e.partial[l] // partial[0] = 0 = empty[0]: a leaf is never partial
		e.partial[l+1] = field.K(child[0], child[1], child[2])
	}
	if f.size == Capacity {
		e.partial[Depth] = f.full[Depth][0]
	}
	return e
}

// Encode returns the canonical encoding: the size, then for each level from
// the leaves up its waiting nodes, left to right.
func (f *Frontier) Encode() []byte {
	w := encoding.NewWriter(8 + 2*Depth*field.Size)
	f.write(w)
	return w.Bytes()
}

func (f *Frontier) write(w *encoding.Writer) {
	w.U64(f.size)
	for l := range f.full {
		for _, node := range f.full[l][:f.digit(l)] {
			field.Write(w, node)
		}
	}
}

// DecodeFrontier is the inverse of Encode.
func DecodeFrontier(b []byte) (Frontier, error) {
	r := encoding.NewReader(b)
	f := readFrontier(r)
	if err := r.Done(); err != nil {
		return Frontier{}, err
	}
	return f, nil
}

func readFrontier(r *encoding.Reader) Frontier {
	f := Frontier{size: r.U64()}
	if f.size > Capacity {
		r.Fail(rejection.New(rejection.OutOfRange, "more leaves than the tree holds"))
		return Frontier{}
	}
	for l := range f.full {
		for i := range f.digit(l) {
			node := field.Read(r)
			if l == 0 && r.Err() == nil && node.IsZero() {
				r.Fail(rejection.New(rejection.ZeroCommitment, "a leaf is zero"))
			}
			f.full[l][i] = node
		}
	}
	return f
}

// Edge is a frontier folded at one size. Who keeps the Edge of a height can
// make paths to that height's root at any later time (Keeper.Path).
type Edge struct {
	size    uint64
	partial [Depth + 1]field.Element // the node of each level that is neither full nor, in general, empty
}

// Size returns the number of leaves under the root.
func (e *Edge) Size() uint64 { return e.size }

// Root returns the root.
func (e *Edge) Root() field.Element { return e.partial[Depth] }

// node returns the node at p if it is not full at this size: the partial
// node, or an empty subtree. ok is false if it is full.
func (e *Edge) node(p place) (node field.Element, ok bool) {
	switch {
	case p.first() >= e.size:
		return empty[p.level], true
	case p.end() > e.size:
		return e.partial[p.level], true
	}
	return field.Element{}, false
}
