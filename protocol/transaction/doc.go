// Package transaction is the closed list of everything that can stand in a
// block: its kinds, their order within a block, and one decoder for all
// (spec/12-transactions.md).
//
// THE INVARIANT: the first byte of a transaction is its kind; Decode accepts
// exactly the canonical encodings, so that Encode(Decode(b)) = b.
//
// All functions are pure and may be called concurrently.
package transaction
