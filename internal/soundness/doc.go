// Package soundness is the campaign against the circuits: it looks for values
// that a dishonest prover could put into a proof and the circuit would take
// (docs/soundness.md; `make soundness`).
//
// THE INVARIANT: nothing is believed of a circuit but its compiled constraints.
// The campaign reads the very system that is proven, solves it by itself, and
// every kind of fault that it looks for it also finds when planted.
//
// It asks four questions:
//
//  1. Rank: do the inputs fix every internal wire, up to a small move? (Rank,
//     at solutions; Unique, by argument and for all inputs)
//  2. Lies: does any other answer to a hint pass?
//  3. Public inputs: does a constraint depend on each of them?
//  4. Statement: does the circuit take an assignment exactly if its native twin
//     and spec/11's table do?
//
// What a prover may choose at the end, roots, nullifiers, commitments, is no
// help to a circuit: 1 and 2 leave out the constraints that merely publish a
// result, so a lie that only makes another output counts as found.
//
// A System may be read concurrently; a Trial belongs to one goroutine.
package soundness
