// Package report measures what a venue did for its traders.
//
// THE INVARIANT: a Recorder hears of events, quotes and auctions and changes
// nothing; its floats reach reports only, and add up in one sequence.
//
// A Recorder belongs to one goroutine.
package report
