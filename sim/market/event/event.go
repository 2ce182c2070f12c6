package event

import "github.com/nightjar/nightjar/protocol/order"

// Kind says what happens.
type Kind uint8

// The kinds.
const (
	Add    Kind = iota // an order comes
	Modify             // it gets another price and size
	Cancel             // it goes
	Quote              // the reference market has another bid and ask
)

// Event is one thing that happens to a market. What a kind has no use for is
// zero.
type Event struct {
	Time   uint64 // ns since the recording began; never before the event above it
	Kind   Kind
	Market uint32

	Order  uint64 // names the order; once it is gone, the name may be used again
	Owner  uint32 // of an Add; 0: somebody who has no other order
	Trader string // of an Add: what kind of trader, for reports only

	Side    order.Side // of an Add
	Price   uint64     // the limit, in quote hub units per lot: of an Add or Modify
	Size    uint64     // lots, of an Add or Modify
	MinFill uint64     // lots; this and the following are an Add's
	Band    uint16     // bp
	Until   uint64     // ns: it leaves in the first block of that time or later; 0: no bound

	Peg       order.Peg
	Offset    int32 // ticks
	SelfTrade order.SelfTrade
	Pool      order.Pool
	Auctions  uint16

	Bid, Ask uint64 // of a Quote
}

// Handling returns what the event asks of the venue beyond the order's terms;
// its time bound is the event's own, in ns.
func (e Event) Handling() order.Handling {
	return order.Handling{Peg: e.Peg, Offset: e.Offset, SelfTrade: e.SelfTrade, Pool: e.Pool, Auctions: e.Auctions}
}
