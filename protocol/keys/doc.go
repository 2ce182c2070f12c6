// Package keys derives everything an account owns from one phrase: spend key,
// viewing keys, addresses, and the per-action secrets (spec/01-keys.md).
//
// THE INVARIANT: every secret is a function of the phrase (and of public chain
// data), so a phrase and the chain restore everything; the viewing key finds
// and opens all of an account's notes and cannot sign; the prover key proves
// and cannot sign; addresses of one account cannot be linked by their owner's
// counterparties.
//
// Values are immutable; all functions may be called concurrently. The package
// draws no randomness: entropy is an argument.
package keys
