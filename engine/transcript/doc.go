// Package transcript is the Merkle tree behind a heartbeat's two roots: the
// orders that the enclaves took in, and what each auction did with every order
// (spec/13-auction.md, "Transcripts").
//
// THE INVARIANT: a root binds the number of leaves, their keys in ascending
// order and their data, so that a path shows an order's entry and two
// neighbouring paths show that there is none between them. It tells nothing to
// whoever does not know a key: keys are nullifiers of unspent orders.
//
// Values are plain data; all functions are pure.
package transcript
