// Package governance is the wire form of what validators decide together: one
// change of one record, signed by more than two thirds of their power
// (spec/12-transactions.md).
//
// THE INVARIANT: the set of changes is closed, and none of them can pause an
// exit or the return of a claim, take a note, or make one. A proposal's nonce
// makes it unique on its chain.
//
// Values are plain data; all functions are pure. Bounds, delay and effect are
// the ledger's.
package governance
