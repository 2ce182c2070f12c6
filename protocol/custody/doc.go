// Package custody is how value enters and leaves the pool: the signers'
// attestation of an external deposit, and the two ways in which a withdrawal
// claim ends (spec/12-transactions.md).
//
// THE INVARIANT: a deposit's id is a function of the external reference alone
// and a claim's id of the withdrawal's first nullifier alone, so that neither
// can be credited, paid or returned twice; signatures cover the chain id and
// every byte of the body.
//
// Values are plain data; all functions are pure. Watching and paying external
// chains is the gateway's; who may sign is the ledger's.
package custody
