// Package remote is the wallet's Chain over a node's RPC.
//
// THE INVARIANT: Params come from a View that the validators signed, and the
// blocks that follow end at that View's height and at its note root, so that
// what the wallet hashes from them is what the validators signed too. A block,
// or a registration's evidence, that does not fit is refused (BAD_BLOCK).
//
// Not guaranteed: that the node tells of the newest height, that it leaves out
// no worker, and that it shows every nullifier: the last shows when the wallet
// spends.
//
// A Chain belongs to one goroutine.
package remote
