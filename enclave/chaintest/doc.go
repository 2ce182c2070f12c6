// Package chaintest is a chain for tests of the enclaves: the real ledger under
// a consensus of one validator, whose blocks have real headers and commits, and
// traders whose actions need no proof.
//
// THE INVARIANT: nothing but tests imports it. What its blocks do is what the
// ledger's rules make of the submitted transactions; only the proofs are not
// the circuits' (see Echo).
package chaintest
