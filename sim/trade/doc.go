// Package trade plays a whole exchange: accounts that deposit, place, replace
// and cancel orders of every kind, pay each other and withdraw; the real ledger,
// which takes their transactions; and two of the enclaves' machines, which read
// nothing but the ledger's blocks and call the auctions that the ledger locks and
// settles.
//
// THE INVARIANT: Run returns nil only if, after every block, what the accounts
// know adds up to what the ledger holds; no coin was spent twice; every fill kept
// its owner's word; every pool traded at one price and its groups balanced; no
// order was in the book but those whose owners want them there; the ledger took
// every lock and every settlement; and both machines agreed. The first breach
// ends the run, with its height and the seed.
//
// What is real: all transactions' bytes and decoders, all rules of the ledger,
// spend and binding signatures, commitments, nullifiers, value commitments, tree
// and app hash, quorum and custody signatures, the machine and its draws, and the
// treasury's openings. What is not:
//
//   - Proofs. Relation stands for Groth16: who would prove hands it the witness,
//     and it works out from the witness whether the circuit's statement holds for
//     the claim's public inputs, by the formulas of spec/05, 07 and 11 and not by
//     the circuits' code. That a leaf is in the tree it reads off the list of all
//     leaves, where a circuit would hash a path. That circuits and statement are
//     the same is tested in circuit and internal/soundness, and that workers'
//     witnesses of what is matched solve the circuits in enclave/worker
//     (TestMatchedIsProvable).
//   - Ciphertexts, except one in so many (Config.Seal): others are bytes that
//     nobody opens, and the machine is told what they would say.
//   - Time, consensus and the network: there is one ledger, and blocks are what
//     Run puts into them.
//
// A run is a function of its Config. Digest does not cover what ciphertexts
// change, since real ones are drawn by the operating system.
package trade
