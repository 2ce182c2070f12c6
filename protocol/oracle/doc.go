// Package oracle is the wire form of reference prices: the validators' vote
// extensions of one block, which the next block carries as its first
// transaction (spec/12-transactions.md).
//
// THE INVARIANT: a price counts only under the signature that its validator's
// consensus key put on the vote extension of that height and chain; a decoded
// vote lists each market once, ascending, with a positive price.
//
// Values are plain data; all functions are pure. The median and its validity
// are the ledger's.
package oracle
