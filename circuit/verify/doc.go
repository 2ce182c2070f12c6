// Package verify checks Groth16 proofs over BLS12-381, one by one or a block's
// worth at once (spec/11-circuits.md, "Verification").
//
// THE INVARIANT: a claim passes only if its proof is the canonical encoding of
// three points of the prime-order subgroups, none of them infinity, that
// satisfies the verifying key on exactly the stated public inputs; a batch
// passes only if each of its claims would pass alone, but for a chance of at
// most 2^-120 that nobody can influence without trying that many hashes.
//
// The package stands on gnark-crypto alone and needs neither the circuits nor
// the prover. Keys are read-only once made; everything is safe for concurrent
// use.
package verify
