// Command peer times a textbook order book on the workload of
// internal/bench/workload, which it reads from its standard input, and prints
// the figures as a benchmark does.
//
// The book is the usual one of a continuous market in Go: price-time priority, a
// red-black tree of prices for each side (github.com/emirpasic/gods), a
// doubly-linked queue of orders at each price, a map from an order's number to
// its place. An order that crosses trades at once, at the prices of those that
// rest.
//
// THE INVARIANT: lots are conserved: what one side bought the other sold, and
// what was inserted has traded, was cancelled or rests.
//
// It is a module of its own, so that nothing of it is the product's dependency.
package main
