package order

import (
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// Peg says what an order's price follows. The limit caps it always.
type Peg uint8

// The pegs; the numbers are on the wire.
const (
	NoPeg   Peg = 0
	Mid     Peg = 1 // the reference
	Primary Peg = 2 // the same side of the reference's quote: the bid for a buyer
	Market  Peg = 3 // the other side: the ask for a buyer
)

// SelfTrade says what happens in an auction in which two orders of one owner
// would meet; of two modes the weaker does.
type SelfTrade uint8

// The modes of self-trade prevention; the numbers are on the wire.
const (
	Newest    SelfTrade = 0 // the younger order sits the auction out
	Oldest    SelfTrade = 1 // the older one
	Both      SelfTrade = 2 // both
	Decrement SelfTrade = 3 // each sits out with what it could have traded with the other
)

// Pool says whom an order may meet: only orders of its own pool.
type Pool uint8

// The pools; the numbers are on the wire.
const (
	All     Pool = 0
	Natural Pool = 1 // nobody who trades for a living, on everybody's honour
)

// Handling is what an owner asks of the enclaves beyond the terms, which the
// covenant enforces: the enclaves enforce it, and nobody who is not matched by
// an honest one is bound by it (spec/08-ciphertexts.md, "Handling").
type Handling struct {
	Peg       Peg
	Offset    int32 // in ticks, added to what the peg follows; 0 without a peg
	SelfTrade SelfTrade
	Pool      Pool
	Auctions  uint16 // the order leaves after it was eligible in so many; 0: no bound
	Until     uint64 // seconds of Unix time; it leaves in the first block of that time or later; 0: no bound
}

// HandlingSize is the length of an encoded Handling in bytes.
const HandlingSize = 17

// WriteHandling appends the encoding of h.
func WriteHandling(w *encoding.Writer, h Handling) {
	w.U8(uint8(h.Peg))
	w.U32(uint32(h.Offset))
	w.U8(uint8(h.SelfTrade))
	w.U8(uint8(h.Pool))
	w.U16(h.Auctions)
	w.U64(h.Until)
}

// ReadHandling is the inverse of WriteHandling. It fails the reader on what
// Validate refuses.
func ReadHandling(r *encoding.Reader) Handling {
	h := Handling{
		Peg: Peg(r.U8()), Offset: int32(r.U32()), SelfTrade: SelfTrade(r.U8()), Pool: Pool(r.U8()),
		Auctions: r.U16(), Until: r.U64(),
	}
	if r.Err() == nil {
		if err := h.Validate(); err != nil {
			r.Fail(err)
		}
	}
	return h
}

// Validate refuses (NON_CANONICAL) a number that names nothing and an offset
// without a peg.
func (h Handling) Validate() error {
	if h.Peg > Market || h.SelfTrade > Decrement || h.Pool > Natural || h.Peg == NoPeg && h.Offset != 0 {
		return rejection.New(rejection.NonCanonical, "an order's handling names a peg, mode or pool that there is not, or an offset without a peg")
	}
	return nil
}
