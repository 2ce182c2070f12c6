// Package event is what happens to a simulated venue, and the CSV that holds it
// (docs/market-study.md, "Events"): orders that come, change and go, and the
// quotes of the reference market.
//
// THE INVARIANT: a Reader accepts only what a Writer could have meant: every
// event it returns is valid, in the sequence of time, and written and read again
// it is the same event. What it refuses, it refuses with the line and the column.
//
// A Reader and a Writer belong to one goroutine; both hold one line at a time.
package event
