// Package light follows the finality of a Substrate chain from a checkpoint,
// and reads which head it has of a parachain (spec/23-substrate.md, "Light
// client").
//
// THE INVARIANT: from a checkpoint that is on the chain, a State only ever
// names blocks that the chain finalised, as long as in every set of
// authorities up to there less than a third of the weight lies. A block is
// never left behind by one that does not descend from it, and the authorities
// change exactly where the chain says so.
//
// A step costs the hashes of its headers and one justification; a State is
// never more than its authorities. All functions are pure; a State is
// immutable, and a step returns the next one.
package light
