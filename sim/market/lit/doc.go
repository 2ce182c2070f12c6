// Package lit is the market outside: a fair value, the quote that a venue takes
// as its reference, and what trading there costs.
//
// THE INVARIANT: everything is a function of the seed and of the trades, in
// integers; a bid is positive and not above its ask.
//
// The model (docs/market-study.md, "Model"): the fair value walks, and jumps now
// and then. The quote is around the fair value of some blocks ago, plus a push
// that trades leave: it grows by Impact for a lot and falls by a part in each
// block. Who trades pays half the spread and half of the push that the trade
// itself makes.
//
// A Market belongs to one goroutine.
package lit
