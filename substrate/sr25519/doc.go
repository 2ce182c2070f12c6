// Package sr25519 signs and verifies as Substrate's wallets do: Schnorr
// signatures over Ristretto (schnorrkel) under the context "substrate".
//
// THE INVARIANT: Verify takes what a Substrate runtime takes as a
// MultiSignature::Sr25519 and nothing else; a signature of the older form,
// without schnorrkel's mark, is refused.
//
// Depositors' keys are of this kind. Custody signers' are not: they sign by
// Ed25519, which tokens can do. Signing takes fresh randomness of the system,
// so that no two signatures are equal. A Key may be used concurrently.
package sr25519
