// Package oracle is the wire form of the validators' quotes: their vote
// extensions of one block, which the next block carries as its first
// transaction (spec/12-transactions.md).
//
// THE INVARIANT: a quote counts only under the signature that its validator's
// consensus key put on the vote extension of that height and chain; a decoded
// vote lists each market once, ascending, with 0 < bid ≤ ask.
//
// Values are plain data; all functions are pure. The medians and their
// validity are the ledger's.
package oracle
