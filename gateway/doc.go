// Package gateway is the shell of one custody signer: it follows Nightjar and
// one external chain, keeps the vault's journal, carries out the vault's effects,
// exchanges signatures with the other signers, and tells depositors and its
// operator how far things are (spec/21-gateway.md, "Daemon").
//
// THE INVARIANT: the shell decides nothing about money and forgets nothing that
// the vault decided. What the vault is told is verified first: Nightjar by its
// validators' signatures, the external chain by its adapter's proofs. What the
// vault decided is on the disk before any of it is carried out, and one process
// at a time has that disk.
//
// A Gateway runs once and outlives its nodes and peers: whatever is away is
// tried again. A fault of the journal, and whatever contradicts what was final,
// ends it.
package gateway
