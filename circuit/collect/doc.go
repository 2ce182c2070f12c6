// Package collect is the Collect circuit: one proof a group, that its price
// commitment speaks the truth and that its fee goes to the treasury
// (spec/11-circuits.md).
//
// THE INVARIANT: pc commits to a market record and a reference price of the
// tables of height a, to a price on the tick grid, and to its exact distance
// from that reference; and the fee note, whose value cv_fee takes out of the
// group, belongs to the treasury.
//
// Witness and Circuit are values; nothing here is shared.
package collect
