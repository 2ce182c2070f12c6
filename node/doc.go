// Package node is a Nightjar node: CometBFT decides blocks, the ledger's rules
// say what they mean, and wallets and workers read the result.
//
// THE INVARIANT: the state on disk is at every moment exactly that of one
// height: a block's effects, its compact form, its height and its app hash are
// written in one synchronised batch or not at all, so that a node killed at
// any instruction goes on from the height before or after. No configuration
// turns off a check.
//
// A Node runs one process's worth of goroutines and is used by one caller.
// The package contains no rule of the ledger; it calls them.
package node
