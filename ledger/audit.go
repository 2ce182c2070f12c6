package ledger

import (
	"bytes"
	"fmt"

	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/merklelog"
	"github.com/nightjar/nightjar/protocol/tree"
)

// Audit checks that the whole store holds together: the app hash follows from
// the rows (Open checks it), every derived row follows from the small state
// and no other exists, the tree and the log are those of the given leaves and
// nullifiers, and no turnstile is violated. It is what a node runs on a
// snapshot that it was given, and tests after every block. It reads
// everything.
func Audit(g *Genesis, backing Backing, leaves, spent []field.Element) error {
	s, err := Open(g, nil, backing)
	if err != nil {
		return err
	}
	if err := s.auditSequences(leaves, spent); err != nil {
		return err
	}
	for _, a := range s.Assets() {
		if p := s.Pool(a.Record.ID); p.Withdrawn+p.Reserved < p.Withdrawn || p.Withdrawn+p.Reserved > p.Deposited {
			return fmt.Errorf("ledger: audit: the turnstile of asset %d: %+v", a.Record.ID, p)
		}
	}
	return s.auditDerived(spent)
}

func (s *State) auditSequences(leaves, spent []field.Element) error {
	var frontier tree.Frontier
	if err := frontier.Append(leaves); err != nil {
		return err
	}
	var log merklelog.Frontier
	for _, nf := range spent {
		log.Append(nf)
	}
	sizes, _ := rowSizes.get(s.backing, single)
	switch {
	case sizes.Leaves != uint64(len(leaves)) || frontier.Root() != s.frontier.Root():
		return fmt.Errorf("ledger: audit: the tree is not that of the %d leaves", len(leaves))
	case sizes.Spent != uint64(len(spent)) || log.Root() != s.log.Root():
		return fmt.Errorf("ledger: audit: the log is not that of the %d nullifiers", len(spent))
	}
	return nil
}

// auditDerived recomputes the look-up rows and compares them with the stored
// ones. The height of spending is the one value that the small state does not
// determine: of spent rows only the set of keys is compared.
func (s *State) auditDerived(spent []field.Element) error {
	want := newOverlay(NewMemory())
	for _, nf := range spent {
		rowSpent.put(want, idField(nf), 0)
	}
	for h := s.head.Height; h > 0 && s.head.Height-h < s.genesis.Constants.ExecutionDelay; h-- {
		pending, _ := rowPending.get(s.backing, id64(h))
		for _, p := range pending {
			for _, nf := range p.Nullifiers {
				rowReserved.put(want, idField(nf), h)
			}
		}
	}
	for _, l := range s.Locks() { // ascending by auction, so a later window counts
		for _, nf := range l.Nullifiers {
			if l.ExitUntil == 0 {
				rowLocked.put(want, idField(nf), l.Auction)
			} else {
				rowExit.put(want, idField(nf), l.ExitUntil)
			}
		}
	}
	c := s.genesis.Constants
	for _, r := range rowRoots.all(s.backing, single) {
		if r.Height%c.AnchorInterval == 0 && r.Height+c.Anchors*c.AnchorInterval > s.head.Height/c.AnchorInterval*c.AnchorInterval {
			heights, _ := rowAnchor.get(want, idField(r.Notes))
			rowAnchor.put(want, idField(r.Notes), append(heights, r.Height))
		}
	}
	return s.compareDerived(want)
}

func (s *State) compareDerived(want *overlay) error {
	var err error
	rows := 0
	s.backing.Range([]byte{derived}, func(k, v []byte) bool {
		rows++
		expected, ok := want.Get(k)
		if !ok || !bytes.Equal(expected, v) && !bytes.HasPrefix(k, []byte(rowSpent.prefix)) {
			err = fmt.Errorf("ledger: audit: row %q is %x and should be %x", k, v, expected)
		}
		return err == nil
	})
	if err == nil && rows != len(want.writes) {
		err = fmt.Errorf("ledger: audit: %d derived rows where %d follow from the state", rows, len(want.writes))
	}
	return err
}
