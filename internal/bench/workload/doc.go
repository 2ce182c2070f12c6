// Package workload draws the stream of orders on which our book and another
// design are timed: 100,000 orders that rest, then a million operations, 45 of
// 100 of which cancel an order, 45 insert one that rests and 10 one that crosses.
//
// THE INVARIANT: the stream is a function of the seed alone, and of nothing
// that a book does with it; so all books are given the same, and a cancel may
// name an order that has traded by then, as happens at any venue.
package workload
