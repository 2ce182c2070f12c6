package ledger

import (
	"slices"

	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/settlement"
)

// lock checks what the workers say auction a matched (spec/10-ledger.md,
// "Locks").
func (b *block) lock(l *settlement.Lock) (verdict, error) {
	if err := b.checkLockWindow(l.Height); err != nil {
		return verdict{}, err
	}
	if len(l.Nullifiers) == 0 {
		return verdict{}, rejection.New(rejection.BadGroupSize, "a lock of nothing")
	}
	if uint64(len(l.Nullifiers)) > b.genesis().Limits.AuctionFills {
		return verdict{}, rejection.New(rejection.TooManyFills, "%d", len(l.Nullifiers))
	}
	for _, nf := range l.Nullifiers {
		if err := b.checkLockable(nf, l.Height); err != nil {
			return verdict{}, err
		}
	}
	if err := b.checkLeader(l); err != nil {
		return verdict{}, err
	}
	if err := b.checkQuorum(l.Signatures, l.SignBytes(b.chainID()), 0); err != nil {
		return verdict{}, err
	}
	row := Lock{
		Auction: l.Height, Included: b.in.Height, Until: b.in.Height + b.params.LockBlocks,
		Anchor: l.Height - b.params.RestBlocks, Outcome: l.Outcome, Nullifiers: l.Nullifiers,
	}
	index := b.index
	return verdict{nullifiers: l.Nullifiers, effect: func() {
		rowLock.put(b.overlay, id64(row.Auction), row)
		for _, nf := range row.Nullifiers {
			rowLocked.put(b.overlay, idField(nf), row.Auction)
		}
		b.book.LastLock = b.in.Height
		b.emit(LockAccepted{
			Index: index, Auction: row.Auction, Nullifiers: slices.Clone(row.Nullifiers),
			Outcome: row.Outcome, StateDigest: l.StateDigest, Until: row.Until,
		})
	}}, nil
}

// checkLockWindow: a < h ≤ a+1+D, no lock came after a, and the book existed
// at a, w blocks after which orders can be proven.
func (b *block) checkLockWindow(a uint64) error {
	h := b.in.Height
	switch {
	case b.book.Epoch == 0 || a < b.book.Since:
		return rejection.New(rejection.NoBook, "auction %d", a)
	case a >= h || h-a > 1+b.genesis().Constants.ExecutionDelay || a < b.params.RestBlocks:
		return rejection.New(rejection.LockWindow, "auction %d in block %d", a, h)
	case b.book.LastLock > a:
		return rejection.New(rejection.LockSuperseded, "a lock was included in block %d", b.book.LastLock)
	}
	return nil
}

// checkLockable: after block a the nullifier's exit window had ended and it was
// not reserved, and it is neither spent nor locked. The window is compared
// with the auction, not with the block of the lock: an action admitted in its
// last block is then reserved at every auction that may lock, so it can't lose.
func (b *block) checkLockable(nf field.Element, a uint64) error {
	i := idField(nf)
	if rowSpent.has(b, i) {
		return rejection.New(rejection.NullifierSpent, "")
	}
	if rowLocked.has(b, i) {
		return rejection.New(rejection.NullifierLocked, "")
	}
	if until, ok := rowExit.get(b, i); ok && a < until {
		return rejection.New(rejection.ExitWindow, "")
	}
	if admitted, ok := rowReserved.get(b, i); ok && admitted <= a {
		return rejection.New(rejection.NullifierReserved, "")
	}
	return nil
}

// checkLeader: in the first block after the auction the leader must be among
// the signers; from the second on anyone may post.
func (b *block) checkLeader(l *settlement.Lock) error {
	if b.in.Height != l.Height+1 {
		return nil
	}
	first := leader(b.state.backing, l.Height)
	for _, s := range l.Signatures {
		if s.Worker == first {
			return nil
		}
	}
	return rejection.New(rejection.NotLeader, "")
}

// expireLocks busts the locks whose last block has passed and forgets those
// whose exit window has ended.
func (b *block) expireLocks() {
	h := b.in.Height
	for _, l := range rowLock.all(b, single) {
		switch {
		case l.ExitUntil == 0 && h > l.Until:
			b.bust(l)
		case l.ExitUntil != 0 && h > l.ExitUntil+b.genesis().Constants.ExecutionDelay:
			// No lock of an auction inside the window can come any more.
			b.forget(l)
		}
	}
}

// bust ends a lock: what is not spent goes back to the book, and to its owner
// alone for W blocks.
func (b *block) bust(l Lock) {
	l.ExitUntil = l.Until + b.params.ExitBlocks
	var free []field.Element
	for _, nf := range l.Nullifiers {
		rowLocked.remove(b.overlay, idField(nf))
		if !rowSpent.has(b, idField(nf)) {
			free = append(free, nf)
			rowExit.put(b.overlay, idField(nf), l.ExitUntil)
		}
	}
	if len(free) == 0 {
		rowLock.remove(b.overlay, id64(l.Auction))
		return
	}
	l.Nullifiers = free
	rowLock.put(b.overlay, id64(l.Auction), l)
	b.emit(LockExpired{Auction: l.Auction, Nullifiers: slices.Clone(free), ExitUntil: l.ExitUntil})
}

// forget removes an ended exit window, but not the window of a later lock of
// the same nullifier.
func (b *block) forget(l Lock) {
	rowLock.remove(b.overlay, id64(l.Auction))
	for _, nf := range l.Nullifiers {
		if until, ok := rowExit.get(b, idField(nf)); ok && until == l.ExitUntil {
			rowExit.remove(b.overlay, idField(nf))
		}
	}
}
