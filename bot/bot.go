package bot

import (
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/order"
)

// Strategy is somebody who trades in one market.
type Strategy interface {
	// Act is called once a block and returns what is to be done; it reaches the
	// venue in the next one.
	Act(View) []Instruction
}

// View is what a strategy knows in a block. Its slices are good during Act only.
type View struct {
	Time   uint64 // ns
	Market market.Record
	Quote  market.Quote // zero if there is no reference

	Matched []Match  // since the last call: own orders that an auction matched
	Settled []Fill   // what was settled of them
	Gone    []uint64 // tags of own orders that left without having traded all, not by a Cancel
	Outside []Fill   // what was traded outside; Left is 0
	Prints  []Print
}

// Match is the news of a fill before it is settled.
type Match struct {
	Tag   uint64
	Side  order.Side
	Lots  uint64 // at least so many
	Price uint64
}

// Fill is a trade.
type Fill struct {
	Tag   uint64
	Side  order.Side
	Lots  uint64
	Price uint64
	Left  uint64 // lots that rest on
}

// Print is published trades.
type Print struct{ Lots, Price uint64 }

// Do says what an Instruction is.
type Do uint8

// The instructions.
const (
	Place   Do = iota // a new order
	Replace           // another price and size for the order with this tag
	Cancel            // take it out
	Trade             // on the market outside, at once, whatever the price
)

// Instruction is one thing to be done. What a kind has no use for is zero.
type Instruction struct {
	Do      Do
	Tag     uint64 // the strategy's name for the order, never used twice
	Account uint8  // whose order it is: accounts of one strategy are different owners

	Side     order.Side
	Limit    uint64 // quote hub units per lot
	Lots     uint64
	MinFill  uint64
	Band     uint16         // bp
	Handling order.Handling // Until is in seconds, as everywhere
}
