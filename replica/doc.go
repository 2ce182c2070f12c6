// Package replica follows the chain as an outsider: it verifies each header by
// its commit, each block's transactions by the header, and each block's effect
// by running the ledger's rules over it, proofs, signatures and evidence
// included, and comparing the app hash.
//
// THE INVARIANT: the state of a Replica is the one that the chain's rules give
// from genesis, and every app hash in the headers so far was equal to it.
// Whoever feeds it can withhold blocks and cannot make it believe anything.
//
// Both `nightjar verify` and the enclaves look at the chain through it. A
// Replica belongs to one goroutine. It keeps its state in memory.
package replica
