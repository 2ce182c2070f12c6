// Package authmap is the authenticated map of the ledger's small state: a
// fixed tree of 4096 buckets whose root commits to every key and value, and in
// which one proof shows either what a key holds or that it holds nothing
// (docs/adr/0003-app-hash.md).
//
// THE INVARIANT: the root is a function of the set of (key, value) pairs
// alone, whatever the order of changes; Verify(root, key, value, proof) holds
// for exactly the value in the map.
//
// A Map is immutable: With returns a new one that shares what did not change.
// Safe for concurrent use. Keys and values themselves are not kept, only their
// hashes: 64 bytes an entry.
package authmap
