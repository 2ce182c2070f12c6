// Package auction clears one market at one height: a uniform price, and who
// trades how many lots at it (spec/13-auction.md).
//
// THE INVARIANT: whatever Clear returns balances (Σ buy lots = Σ sell lots),
// keeps every term it was given (limit, band, minimum fill, quantity), lies on
// the price grid inside the collar, never trades an owner with themselves, and
// is a function of the *set* of orders: their sequence in the call changes
// nothing but indices.
//
// It knows nothing of commitments, locks or blocks; package machine chooses
// which orders take part and checks every fill against the covenant.
//
// The minimum-fill rule is skip and reprice, which is feasible but not always
// the best volume; an exact bounded step fits between rounds of Clear.
//
// Pure; safe for concurrent use. Cost: O(n log n) once, then O(n) a round, and
// at most maxRounds rounds.
package auction
