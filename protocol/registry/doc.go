// Package registry is how workers appear on chain: registration with evidence,
// epochs of the order key, and heartbeats (spec/12-transactions.md).
//
// THE INVARIANT: the evidence of a registration covers the chain id, the
// operator, both keys and the head that the enclave itself has verified; an
// epoch's signatures cover the key that wallets seal to and the commitment to
// its schedule key.
//
// Values are plain data; all functions are pure. Who is live, when an epoch
// may follow, and how many signatures are enough, is the ledger's.
package registry
