// Package seal is what travels encrypted inside an action: three output
// ciphertexts for their owners and one instruction for the enclaves
// (spec/08-ciphertexts.md); and the opening of a fee note inside a settlement.
//
// THE INVARIANT: every ciphertext has one size whatever it holds; a reader
// accepts an output only if it recomputes the commitment on chain, so a
// garbled or forged ciphertext is never believed; an action's own outputs are
// found and opened with the viewing key alone.
//
// Opening an instruction lives in package sealopen, which only enclave
// binaries link. Entropy is an argument, with one exception: the standard
// library's HPKE draws its own when an instruction is sealed, so that
// SealInstruction is the one function here that is not deterministic.
//
// Values are immutable; a Scanner may be used concurrently.
package seal
