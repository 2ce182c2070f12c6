// Package remote is the wallet's Chain over a node's RPC.
//
// THE INVARIANT: Params, with the roots that the wallet holds all blocks
// against, come from a View that the validators signed, and the blocks end at
// that View's height. A block with a field of the wrong form is refused
// (BAD_BLOCK).
//
// Not guaranteed: that the node tells of the newest height, and that it leaves
// out no worker.
//
// A Chain belongs to one goroutine.
package remote
