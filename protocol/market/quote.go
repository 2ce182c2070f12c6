package market

import (
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// Quote is a market's reference: the best bid and the best ask of the market
// that it follows and the price between them, in quote hub units per lot. All
// three are 0 if there is no valid one; otherwise 0 < Bid ≤ Mid ≤ Ask.
type Quote struct{ Bid, Mid, Ask uint64 }

// NewQuote returns the quote of a bid and an ask, bid ≤ ask:
//
//	Mid = ⌊(bid + ask) / 2⌋ = bid + ⌊(ask − bid) / 2⌋
func NewQuote(bid, ask uint64) Quote { return Quote{Bid: bid, Mid: bid + (ask-bid)/2, Ask: ask} }

// Valid reports whether there is a reference.
func (q Quote) Valid() bool { return q.Mid != 0 }

// Reference is what the chain holds for the price of a market after a block.
type Reference struct {
	Market uint32
	Quote         // zero if there is no valid one
	Open   uint64 // Mid before the first block of this auction interval; 0 if there was none
	Swing  uint16 // bp; the largest distance of Mid from Open after a block of this interval so far
}

// Next returns the reference after the block at height, given the one after
// the block before and the quote now. Intervals are the blocks [k·n, k·n + n),
// n = interval.
//
//	Open  = Mid of the block before, in an interval's first block; else as it was
//	Swing = max(Deviation(Mid, Open), Swing of this interval's block before)
//
// A block without a reference is as far from the last one as 0 is, and a
// reference after none is as far as can be said.
func (r Reference) Next(height, interval uint64, now Quote) Reference {
	next := Reference{Market: r.Market, Quote: now, Open: r.Open, Swing: r.Swing}
	if height%interval == 0 {
		next.Open, next.Swing = r.Mid, 0
	}
	next.Swing = max(next.Swing, Deviation(now.Mid, next.Open))
	return next
}

// Unstable reports whether a reference that moved so far in this interval allows
// no auction. Nothing is more than 65535.
func (m Record) Unstable(swing uint16) bool { return swing > m.Halt }

// WriteReference appends the encoding of r (spec/10-ledger.md, "Rows").
func WriteReference(w *encoding.Writer, r Reference) {
	w.U32(r.Market)
	w.U64(r.Bid)
	w.U64(r.Ask)
	w.U64(r.Open)
	w.U16(r.Swing)
}

// ReadReference is the inverse of WriteReference. It refuses (NON_CANONICAL)
// what is no quote: a bid above its ask, or only one of both 0.
func ReadReference(r *encoding.Reader) Reference {
	out := Reference{Market: r.U32()}
	bid, ask := r.U64(), r.U64()
	out.Open, out.Swing = r.U64(), r.U16()
	if r.Err() == nil && (bid > ask || bid == 0 && ask != 0) {
		r.Fail(rejection.New(rejection.NonCanonical, "a bid and an ask that are no quote"))
		return Reference{}
	}
	out.Quote = NewQuote(bid, ask)
	return out
}
