package wallet

import "github.com/nightjar/nightjar/protocol/field"

// growth gathers the leaves of a block by their positions.
type growth struct {
	first  uint64
	leaves []field.Element
	filled int
	marked []int
	spent  []uint64 // marks that are no longer needed after the append
	bad    bool
}

// maxGrowth bounds what a block may make us allocate: no block of 4 MB has
// more leaves.
const maxGrowth = 1 << 17

func newGrowth(from, to uint64) *growth {
	if to-from > maxGrowth {
		return &growth{bad: true}
	}
	return &growth{first: from, leaves: make([]field.Element, to-from)}
}

// put places consecutive leaves.
func (g *growth) put(position uint64, leaves ...field.Element) {
	for i, leaf := range leaves {
		at := position - g.first + uint64(i)
		if position < g.first || at >= uint64(len(g.leaves)) || !g.leaves[at].IsZero() || leaf.IsZero() {
			g.bad = true
			return
		}
		g.leaves[at] = leaf
		g.filled++
	}
}

// keep says that the account needs the path of a leaf that was put.
func (g *growth) keep(position uint64) {
	if position >= g.first && position-g.first < uint64(len(g.leaves)) {
		g.marked = append(g.marked, int(position-g.first))
	}
}

func (g *growth) append(s *State) error {
	if g.bad || g.filled != len(g.leaves) {
		return refuseBlock("block %d has leaves that overlap, are missing or out of place", s.Height)
	}
	if err := s.Keeper.Append(g.leaves, g.marked); err != nil {
		return refuseBlock("block %d: %v", s.Height, err)
	}
	for _, position := range g.spent {
		s.Keeper.Unmark(position)
	}
	return nil
}
