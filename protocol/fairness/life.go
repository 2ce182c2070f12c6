package fairness

import "github.com/nightjar/nightjar/protocol/field"

// What the blocks do to an order, in the sequence of the chain.

// Reserve notes that block height admitted an action that spends it.
func (l *Life) Reserve(height uint64) { l.Reserved = append(l.Reserved, Span{From: height}) }

// Release notes that block height dropped that action.
func (l *Life) Release(height uint64) {
	if n := len(l.Reserved); n > 0 && l.Reserved[n-1].Until == 0 {
		l.Reserved[n-1].Until = height
	}
}

// Lock notes that block height took a lock of an auction that has the order.
func (l *Life) Lock(height, auction uint64) {
	l.Holds = append(l.Holds, Hold{Auction: auction, Span: Span{From: height}})
}

// Bust notes that in block height a lock expired; the order is its owner's alone
// until freeFrom.
func (l *Life) Bust(height, auction, freeFrom uint64) {
	for i := range l.Holds {
		if h := &l.Holds[i]; h.Auction == auction && h.Until == 0 {
			h.Until, h.FreeFrom = height, freeFrom
		}
	}
}

// Fill notes that block height settled a fill.
func (l *Life) Fill(height, auction uint64, report field.Element) {
	l.Fills = append(l.Fills, Fill{auction, report})
	l.Spent = height
}

// InLock reports whether a lock of the auction has the order.
func (l *Life) InLock(auction uint64) bool {
	for _, h := range l.Holds {
		if h.Auction == auction {
			return true
		}
	}
	return false
}
