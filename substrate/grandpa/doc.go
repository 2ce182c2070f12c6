// Package grandpa verifies finality of a Substrate chain: justifications of
// GRANDPA, and the changes of its authorities (spec/23-substrate.md,
// "Finality").
//
// THE INVARIANT: Verify accepts a justification only if authorities of more
// than two thirds of the set's weight each signed a vote, for this round and
// this set, for the target or a block that the justification itself shows to
// descend from it. If less than a third of the weight lies, no two blocks that
// are not on one chain are both accepted.
//
// What a justification can be refused for is checked before its signatures, so
// that only one that names enough authorities costs their verification: one
// batch. All is linear in the input, which is bounded.
//
// All functions are pure. Values are plain data.
package grandpa
