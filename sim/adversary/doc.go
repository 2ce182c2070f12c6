// Package adversary is the rogue suite: one thief a file, each with a plan to
// break one guarantee of the protocol on a world whose ledger, circuits and
// proofs are the real ones (spec/invariants.md).
//
// THE INVARIANT: every attack is refused for the one reason that it names and
// leaves the state as it was, or has no effect; the same story with only the
// attack undone goes through; and with the one check removed that stands
// against it (mutants.txt, run by internal/mutate), the attack succeeds. So
// each check is known to be needed, and each attack to be one.
//
// A thief holds what protocol.md, section 6, gives him, at its worst: the
// enclaves' keys and all decrypted orders, a quorum of workers, other people's
// viewing keys, the wire. He proves whatever can be proven; where nothing can,
// he sends the nearest proof he has.
package adversary
