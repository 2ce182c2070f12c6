// Package store keeps a node's ledger on disk (spec/14-node.md, "Store").
//
// THE INVARIANT: Commit writes everything that a block changes in one
// synchronised batch, so that after a crash at any instruction the store is
// whole and at one height. A read error stops the process: the ledger must
// never take "could not read" for "is not there".
//
// One goroutine commits; any number read. A View is the store at one height
// and does not change under its readers.
package store
