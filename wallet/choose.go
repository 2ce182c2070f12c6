package wallet

import (
	"cmp"
	"slices"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// purse is the notes of one asset that an action made now may spend, by
// ascending value, and by position among equals.
type purse []*Note

func newPurse(notes []*Note) purse {
	p := slices.Clone(notes)
	slices.SortFunc(p, func(a, b *Note) int {
		return cmp.Or(cmp.Compare(a.Value, b.Value), cmp.Compare(a.Position, b.Position))
	})
	return p
}

// without returns the purse without some of its notes.
func (p purse) without(used []*Note) purse {
	return slices.DeleteFunc(slices.Clone(p), func(n *Note) bool { return slices.Contains(used, n) })
}

// total returns the sum of the notes, saturating.
func (p purse) total() uint64 { return sum(p) }

func sum(notes []*Note) uint64 {
	var t uint64
	for _, n := range notes {
		var ok bool
		if t, ok = amount.Add(t, n.Value); !ok {
			return 1<<64 - 1
		}
	}
	return t
}

// choose returns at most max notes that hold at least need: as few as
// possible, so that the rest stays free for other actions, and small ones
// first. It refuses with NOT_ENOUGH_FUNDS if all notes together hold less, and
// with TOO_MANY_NOTES if only more than max of them hold it.
func (p purse) choose(need uint64, max int) ([]*Note, error) {
	if need == 0 {
		return nil, nil
	}
	if p.total() < need {
		return nil, rejection.New(rejection.NotEnoughFunds, "the spendable notes hold less")
	}
	for m := 1; m <= max && m <= len(p); m++ {
		if sum(p[len(p)-m:]) < need {
			continue
		}
		return p.exactly(need, m), nil
	}
	return nil, rejection.New(rejection.TooManyNotes, "no %d notes hold so much", max)
}

// exactly returns m notes that hold need, given that the m largest do and the
// m−1 largest don't.
func (p purse) exactly(need uint64, m int) []*Note {
	if m == 1 {
		i, _ := slices.BinarySearchFunc(p, need, func(n *Note, v uint64) int { return cmp.Compare(n.Value, v) })
		return p[i : i+1]
	}
	// Take the smallest note that the m−1 largest others can complete.
	for i, n := range p {
		rest := p.without(p[i : i+1])
		if left := need - min(need, n.Value); sum(rest[len(rest)-(m-1):]) >= left {
			return append([]*Note{n}, rest.exactly(left, m-1)...)
		}
	}
	return p[len(p)-m:]
}
