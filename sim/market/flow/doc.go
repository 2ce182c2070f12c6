// Package flow is the many traders of a simulated market who take no notice of
// each other: those who want to trade for reasons of their own, and those who
// know where the price is going.
//
// THE INVARIANT: what a Source makes is a function of its seed and of the prices
// it is shown, in integers; its events are valid and in the sequence of time.
//
// A Source belongs to one goroutine.
package flow
