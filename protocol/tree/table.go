package tree

import (
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// TableDepth is the depth of a Table and TableSize its number of leaves.
const (
	TableDepth = 6
	TableSize  = 729 // 3^TableDepth
)

// Table is a small full tree whose leaves can be set: the market table and the
// reference table, where the leaf index is the market id. Unset leaves are 0.
//
// A Table is a value of about 35 kB: copy it only where a snapshot is meant.
// The zero value is not a Table; use NewTable.
type Table struct {
	nodes [tableNodes]field.Element // heap order: the root at 0, the children of i at 3i+1 … 3i+3
}

const (
	tableNodes  = (Arity*TableSize - 1) / (Arity - 1)
	tableLeaves = tableNodes - TableSize // index of leaf 0
)

// TablePath proves that a leaf stands at Index in a table of one root.
type TablePath struct {
	Index    uint32
	Siblings [TableDepth][Arity - 1]field.Element // from the leaf up, left to right
}

// NewTable returns the table with the given leaves from index 0 on. It hashes
// only above leaves that are not 0.
func NewTable(leaves []field.Element) (*Table, error) {
	if len(leaves) > TableSize {
		return nil, rejection.New(rejection.OutOfRange, "%d leaves for a table of %d", len(leaves), TableSize)
	}
	t := new(Table)
	copy(t.nodes[tableLeaves:], leaves)
	level, end := 1, tableLeaves // nodes from first to end are of this level
	for end > 0 {
		first := (end - 1) / Arity
		for i := first; i < end; i++ {
			if c := t.children(i); c[0] == empty[level-1] && c[0] == c[1] && c[1] == c[2] {
				t.nodes[i] = empty[level]
			} else {
				t.nodes[i] = field.K(c[0], c[1], c[2])
			}
		}
		level, end = level+1, first
	}
	return t, nil
}

// children returns the children of node i.
func (t *Table) children(i int) []field.Element { return t.nodes[Arity*i+1 : Arity*i+1+Arity] }

// Set replaces the leaf at index; OUT_OF_RANGE past the table.
func (t *Table) Set(index uint32, leaf field.Element) error {
	if index >= TableSize {
		return rejection.New(rejection.OutOfRange, "leaf %d of a table of %d", index, TableSize)
	}
	i := tableLeaves + int(index)
	t.nodes[i] = leaf
	for i > 0 {
		i = (i - 1) / Arity
		c := t.children(i)
		t.nodes[i] = field.K(c[0], c[1], c[2])
	}
	return nil
}

// Leaf returns the leaf at index, 0 past the table.
func (t *Table) Leaf(index uint32) field.Element {
	if index >= TableSize {
		return field.Element{}
	}
	return t.nodes[tableLeaves+int(index)]
}

// Root returns the root.
func (t *Table) Root() field.Element { return t.nodes[0] }

// Path returns the path of the leaf at index; OUT_OF_RANGE past the table.
func (t *Table) Path(index uint32) (TablePath, error) {
	if index >= TableSize {
		return TablePath{}, rejection.New(rejection.OutOfRange, "leaf %d of a table of %d", index, TableSize)
	}
	path := TablePath{Index: index}
	i := tableLeaves + int(index)
	for l := range path.Siblings {
		parent := (i - 1) / Arity
		j := 0
		for c := Arity*parent + 1; c <= Arity*parent+Arity; c++ {
			if c != i {
				path.Siblings[l][j] = t.nodes[c]
				j++
			}
		}
		i = parent
	}
	return path, nil
}

// Trits returns the base-3 digits of Index, lowest first.
func (p TablePath) Trits() (trits [TableDepth]uint8) {
	index := p.Index
	for l := range trits {
		trits[l] = uint8(index % Arity)
		index /= Arity
	}
	return trits
}

// Root returns the root of the table in which leaf stands at p.Index.
func (p TablePath) Root(leaf field.Element) field.Element {
	return climb(leaf, uint64(p.Index), p.Siblings[:])
}
