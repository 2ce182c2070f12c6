package ledger

import (
	"slices"

	"github.com/nightjar/nightjar/circuit/verify"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/settlement"
)

// settle checks one market group of an open lock (spec/10-ledger.md,
// "Settlements").
func (b *block) settle(s *settlement.Settle) (verdict, error) {
	l, err := b.openLock(s)
	if err != nil {
		return verdict{}, err
	}
	legs := s.Group.Legs
	if !slices.Contains(b.genesis().Limits.SizeClasses, uint16(len(legs))) {
		return verdict{}, rejection.New(rejection.BadGroupSize, "%d fills", len(legs))
	}
	nullifiers, commitments, err := b.checkLegs(s, l)
	if err != nil {
		return verdict{}, err
	}
	if err := s.VerifyBinding(b.chainID()); err != nil {
		return verdict{}, err
	}
	keys, err := b.keys(s.Version, false)
	if err != nil {
		return verdict{}, err
	}
	claims, err := b.groupClaims(s, l, keys)
	if err != nil {
		return verdict{}, err
	}
	index := b.index
	return verdict{claims: claims, nullifiers: nullifiers, effect: func() {
		l.Settled = append(slices.Clone(l.Settled), s.Index)
		rowLock.put(b.overlay, id64(l.Auction), l)
		b.spend(nullifiers...)
		b.emit(GroupSettled{
			Index: index, Auction: l.Auction, Group: s.Index, Nullifiers: nullifiers,
			Leaves: b.append(commitments...),
		})
	}}, nil
}

// openLock finds the lock and checks that the settlement opens what it signed.
func (b *block) openLock(s *settlement.Settle) (Lock, error) {
	l, ok := rowLock.get(b, id64(s.Height))
	switch {
	case !ok:
		return l, rejection.New(rejection.NoSuchLock, "auction %d", s.Height)
	case l.ExitUntil != 0:
		return l, rejection.New(rejection.LockExpired, "auction %d", s.Height)
	case settlement.Outcome(s.Height, s.Groups) != l.Outcome:
		return l, rejection.New(rejection.OutcomeMismatch, "the groups' hashes")
	case s.Group.Hash() != s.Groups[s.Index]:
		return l, rejection.New(rejection.OutcomeMismatch, "group %d", s.Index)
	case slices.Contains(l.Settled, s.Index):
		return l, rejection.New(rejection.GroupSettled, "group %d", s.Index)
	}
	return l, nil
}

// checkLegs returns the group's nullifiers and its new leaves: for each leg
// proceeds, refund, remainder, and then the fee note. The legs ascend by
// nullifier, as decoded, so none stands in it twice.
func (b *block) checkLegs(s *settlement.Settle, l Lock) (nullifiers, commitments []field.Element, err error) {
	for _, leg := range s.Group.Legs {
		nf := leg.Nullifier
		if _, ok := slices.BinarySearchFunc(l.Nullifiers, nf, func(a, b field.Element) int { return a.Cmp(&b) }); !ok {
			return nil, nil, rejection.New(rejection.NullifierNotInLock, "")
		}
		if rowSpent.has(b, idField(nf)) {
			return nil, nil, rejection.New(rejection.NullifierSpent, "")
		}
		nullifiers = append(nullifiers, nf)
		commitments = append(commitments, leg.Proceeds, leg.Refund, leg.Remainder)
	}
	commitments = append(commitments, s.Group.Fee)
	return nullifiers, commitments, checkCommitments(commitments)
}

// groupClaims returns the proofs that the group carries: each fill in the root
// of height a − w, the collection in the tables after block a.
func (b *block) groupClaims(s *settlement.Settle, l Lock, keys verify.Keys) ([]Claim, error) {
	anchor, ok1 := rowRoots.get(b, id64(l.Anchor))
	tables, ok2 := rowRoots.get(b, id64(l.Auction))
	if !ok1 || !ok2 {
		return nil, rejection.New(rejection.UnknownAnchor, "roots of auction %d", l.Auction)
	}
	var claims []Claim
	for i := range s.Group.Legs {
		claims = append(claims, Claim{FillCircuit, keys.Fill, s.FillInputs(i, anchor.Notes), s.FillProofs[i]})
	}
	treasury := b.genesis().Treasury.PKd
	return append(claims, Claim{CollectCircuit, keys.Collect, s.CollectInputs(tables.Markets, tables.References, treasury), s.Collect}), nil
}
