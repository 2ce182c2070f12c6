// Package external is what Nightjar writes on chains that are not its own:
// remarks beside deposits, in payouts, sweeps and refunds, and anchors; and the
// path of an owner's own deposit address (spec/22-external.md).
//
// THE INVARIANT: a remark's bytes say which network of Nightjar and which kind
// they are for, so that no remark means two things or means something to two
// networks; a value has one encoding. A path depends on the network and the
// owner commitment alone.
//
// All functions are pure and may be called concurrently.
package external
