// Package market is the market record, its reference and the price
// commitment of a group (spec/04-market.md).
//
// THE INVARIANT: records are append-only (a change is a new id), base and
// quote differ, and Deviation is the one definition of distance from the
// reference, exact in integers; a quote's bid ≤ mid ≤ ask.
//
// Pure; safe for concurrent use.
package market
