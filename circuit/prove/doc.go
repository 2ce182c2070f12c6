// Package prove makes proofs: it compiles the three circuits, holds the proving
// keys of those that a process proves and turns witnesses into the 192 bytes on
// the wire (spec/11-circuits.md, "Proving").
//
// THE INVARIANT: a proof that leaves this package verified under the verifying
// key of its circuit; a witness that does not satisfy the circuit gives an
// error and nothing else.
//
// Setup is INSECURE DEVELOPMENT setup: one party knows the trapdoor of what it
// makes and could forge proofs. NewKey takes a ceremony's result. The package
// touches no disk (circuit/keystore does); proving and setup draw their
// randomness from the operating system inside gnark. Proving is not
// constant-time: run it where the witness may be known. A Prover is read-only
// once made and safe for concurrent use.
package prove
