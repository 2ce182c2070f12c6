// Package chronicle remembers of a chain what evidence about the enclaves is
// judged by (spec/20-fairness.md, "Evidence"): heartbeats, references, locks and
// settlements, and the life of every leaf and nullifier.
//
// THE INVARIANT: it says what the blocks say that it was given, and no more:
// who gives it the blocks of a verified chain, from the first, may judge by it.
//
// It grows with the chain, and is for whoever checks evidence, not for a node.
// Not safe for concurrent use.
package chronicle
