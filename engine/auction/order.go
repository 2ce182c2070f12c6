package auction

import (
	"math/bits"

	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/order"
)

// Owner is an owner's number in this process; it has no other meaning, and
// nothing that is decided depends on it.
type Owner uint32

// Order is what an auction needs to know of a resting order.
type Order struct {
	Side      order.Side
	Limit     uint64 // quote hub units per lot
	Qty       uint64 // lots left
	MinFill   uint64 // lots; a fill takes at least this, or all that is left
	Band      uint16 // bp around the reference
	Peg       order.Peg
	Offset    int32 // in ticks, added to what a peg follows
	SelfTrade order.SelfTrade
	Owner     Owner
	Arrival   uint32 // block in which the order came to rest
}

// Quote is a market's reference.
type Quote = market.Quote

// ID names an order in a Book, until it is removed; then it may name another.
// 0 is none.
type ID uint32

// Call is one auction.
type Call struct {
	Market    market.Record
	Reference Quote           // zero if there is no valid one
	Unstable  bool            // the reference moved too far in this interval (market.Record.Unstable)
	MaxFills  int             // most orders that may trade
	Up        bool            // the tie bit: of two prices equally near the reference, take the higher
	Rank      func(ID) uint64 // the keyed hash: the order inside a block of arrival, lower first
}

// Priority returns the first two terms of an order's priority: its effective
// price inside the collar and its size class; both are 0 if it takes no price
// there.
func (c Call) Priority(o Order) (price uint64, class int) {
	if c.Reference.Mid == 0 {
		return 0, 0
	}
	w := newGrid(c.Market, c.Reference.Mid).window(o.ladder(), c.Reference)
	if price, _, ok := w.worst(o.Limit); ok {
		return price, bits.Len64(o.Qty)
	}
	return 0, 0
}

// Fill is what one order trades.
type Fill struct {
	Order ID
	Lots  uint64
}

// Reason says why nothing traded.
type Reason uint8

// The reasons; the numbers stand in transcripts. Cleared means that something
// did trade.
const (
	NoReference Reason = 0 // the reference is absent or stale: the auction is skipped
	NoRoom      Reason = 1 // fewer than two fills are allowed
	TooLarge    Reason = 2 // the orders' totals exceed 64 bits: no honest set of orders does
	NoCross     Reason = 3 // no price at which a buyer and a seller agree
	Cleared     Reason = 4
	Unstable    Reason = 5 // the reference moved too far in this interval: the auction is skipped
)

// String names the reason.
func (r Reason) String() string {
	return [...]string{"no reference", "no room", "too large", "no cross", "cleared", "unstable"}[r]
}

// Result is what an auction decided.
type Result struct {
	Reason Reason
	Price  uint64 // quote hub units per lot
	Dev    uint16 // distance from the reference in bp
	Volume uint64 // lots that change hands
	Exact  bool   // minimum fills decided who trades how much: an order may get less than one that comes later
	Fills  []Fill // buyers, then sellers, each in priority order; valid until the next call

	Withheld []Fill // lots that self-trade prevention kept out, in no sequence; valid as long
}
