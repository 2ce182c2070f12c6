// Package sealopen opens the instructions that actions carry to the enclaves
// (spec/08-ciphertexts.md).
//
// THE INVARIANT: only enclave binaries link this package; a ciphertext that
// does not open and one that opens to nonsense are refused alike, with one
// opaque code, so that a sender learns nothing from the difference.
//
// A Key may be used concurrently. Deterministic; draws no randomness.
package sealopen
