// Package seal is what travels encrypted inside an action: three output
// ciphertexts for their owners and one instruction for the enclave
// (spec/08-ciphertexts.md).
//
// THE INVARIANT: every ciphertext has one size whatever it holds; a reader
// accepts an output only if it recomputes the commitment on chain, so a
// garbled or forged ciphertext is never believed; an action's own outputs are
// found and opened with the viewing key alone.
//
// Opening an instruction lives in package sealopen, which only enclave
// binaries link. Pure functions; entropy is an argument.
package seal
