// Package chain reads a Substrate chain through nodes that it does not trust:
// a chain with finality of its own, or a parachain through its relay chain
// (spec/23-substrate.md, "Reader").
//
// THE INVARIANT: every header, value and extrinsic that a Reader returns is
// that of a block which is final under the rules of substrate/light from the
// checkpoint on, whatever the nodes answer. A node can keep the Reader from
// going on, and nothing else.
//
// A finalised head comes with a justification, a parachain's head with a read
// proof out of its relay chain's state, a header by its hash, which the header
// after it or a justification names, a value by a read proof under its header's
// state root, extrinsics by their root.
//
// Errors are of two kinds. A rejection says that a node's answer contradicts
// what is proven: it lies, or is of another chain. Anything else is a fault:
// the node is silent, behind, or has thrown the state away; try again later.
// Nodes are tried in turn until one serves; Config.Report hears of each that
// did not.
//
// A node has the states of old blocks only if it is told to keep them all, and
// else of the last 256. Whoever reads every block's events from where it
// stopped asks an archive node; relay nodes may prune.
//
// A Reader may be used concurrently. Sync calls wait for each other.
package chain
