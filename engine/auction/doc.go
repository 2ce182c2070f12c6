// Package auction clears one market at one height: a uniform price, and who
// trades how many lots at it (spec/13-auction.md).
//
// THE INVARIANT: whatever Clear returns balances (Σ buy lots = Σ sell lots),
// keeps every term it was given (limit and peg, band, minimum fill, quantity),
// lies on the price grid inside the collar, never trades an owner with
// themselves, and is a function of the *set* of orders: neither the sequence in
// which they came, nor what the book held before, nor their ids change anything.
//
// It knows nothing of commitments, locks or blocks; package machine chooses
// which orders take part and checks every fill against the covenant.
//
// A Book is orders in one arena, without a pointer in it, in buckets by what
// they take: side, band, peg, limit, size class. An auction looks at buckets
// between the lowest price that a seller takes and the highest that a buyer
// does, and at single orders only as it hands lots to them. In steady state
// nothing allocates.
//
// A Book belongs to one goroutine.
package auction
