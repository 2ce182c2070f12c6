// Package reserves is the proof of reserves, and the comparison with anchors:
// what `nightjar verify` asks of other chains (spec/18-verify.md, "Reserves").
//
// THE INVARIANT: a Proof counts only balances that are proven in the state of
// one final block, of accounts that the light-verified sets of signers alone
// control, each once; it is an error if they are less than what is owed. An
// anchor counts only if a signer's own extrinsic in a final block is it.
// Neither ever rests on what a node or a gateway says.
//
// Not established: that the signers still have their keys, or that they will
// pay. Functions may be called concurrently.
package reserves
