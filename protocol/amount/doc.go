// Package amount holds the checked integer arithmetic of money: hub units,
// lots and prices are uint64, products are 128-bit, amounts on external chains
// are Wide, and nothing wraps.
//
// THE INVARIANT: every function either returns the exact mathematical result
// (for a division: the exact quotient in the rounding direction that its name
// states) or ok = false. No float, no silent truncation.
//
// All functions are pure and may be called concurrently.
package amount
