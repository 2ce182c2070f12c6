// Package settlement is how an auction's result reaches the ledger: the Lock
// that says what was matched and commits to the outcome, and the Settle that
// opens one market group of it (spec/05-fill.md, spec/09-settlement.md).
//
// THE INVARIANT: a Lock's signatures cover the nullifiers and the results; a
// Settle can open only what the Lock committed to, byte for byte; the value
// commitments of a group cancel under its binding signature.
//
// Values are plain data; all functions are pure.
package settlement
