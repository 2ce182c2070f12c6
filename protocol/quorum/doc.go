// Package quorum is the one form in which several Ed25519 keys sign one
// message: custody signers, validators in governance and workers' quorums.
//
// THE INVARIANT: a decoded list is strictly ascending by key, so that a set of
// signatures has one encoding and no key counts twice; Verify accepts what the
// consensus engine's own rule accepts and nothing else.
//
// All functions are pure and may be called concurrently. Which keys count, and
// how many are enough, is the ledger's decision.
package quorum
