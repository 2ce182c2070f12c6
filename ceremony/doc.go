// Package ceremony makes the circuits' proving and verifying keys together with
// many contributors, so that nobody knows the trapdoor unless all of them
// colluded (spec/19-ceremony.md).
//
// A ceremony is a directory: transcript.jsonl, whose every entry names the hash
// of the one before, and the files that its entries name by hash. It has one
// chain of contributions for the powers of tau, which all circuits share, and
// then one for each circuit; a public random beacon seals each chain.
//
// THE INVARIANT: Verify accepts a directory only if every entry follows from
// the one before by the rules, every contributor signed theirs, every
// contribution is a multiple of the one before by a factor that its maker knew,
// and whatever needs no secret (openings, seals, keys) is what anybody computes
// again. What it refuses it names: entry, contributor, file and check.
//
// The directory only grows. A file is on the disk before an entry names it, and
// an entry appears with the whole transcript by one rename: after a crash the
// ceremony is what it was before the step, with at most a file that nothing
// names. Steps on one directory wait for each other; Verify waits for nobody and
// sees the directory before a step or after it.
//
// The arithmetic and its randomness, which comes from the operating system, are
// gnark's (backend/groth16/bls12-381/mpcsetup). The package does not judge who
// the contributors are, nor whether a beacon was known too early.
package ceremony
