package ledger

import (
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/tree"
)

// Frozen returns the state as it is now, reading from backing, which must hold
// what the state's own does now and never change. Advance of the one does not
// touch the other.
func (s *State) Frozen(backing Backing) *State {
	f := *s
	f.backing = backing
	return &f
}

// Tree returns the root and the size of the commitment tree after the block.
func (r *Result) Tree() (root field.Element, leaves uint64) {
	return r.next.frontier.Root(), r.next.frontier.Size()
}

// Tables returns the market and the reference table after the head, in whose
// roots a settlement of the head's auction is proven. Nobody may change them.
func (s *State) Tables() (markets, references *tree.Table) { return s.markets, s.references }
