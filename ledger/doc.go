// Package ledger is the chain's state machine: what value is where, which
// nullifiers are spent, reserved, locked or in their exit window, who may sign
// what, and whether a transaction may stand in a block (spec/10-ledger.md).
//
// THE INVARIANT: Apply either returns a Result in which every rule of the
// specification holds, or an error and no effect at all. For each asset,
// deposited − withdrawn equals the unspent notes and orders plus the fee
// counter, and withdrawn + reserved ≤ deposited. The same block on the same
// state gives the same events, delta and app hash on every machine.
//
// A State only changes in Advance. Check, Propose, Apply and the queries read
// it and may run concurrently with each other, provided that the Backing and
// the Proofs may; the caller keeps Advance, and the writing of a delta, apart
// from them all. The package knows no clock, network, disk or randomness.
//
// What it does not do: it does not decide when a block is final, it keeps no
// transactions, and it cannot see whether a price was the best possible.
package ledger
