// Package tree is the commitment tree: append-only, ternary, depth 23, and the
// small full trees of the market and reference tables (spec/06-tree.md).
//
// THE INVARIANT: the root is a function of the sequence of leaves alone,
// however they were batched; a leaf never moves or changes, so a path node
// whose subtree is full is final; for every witness kept and every edge taken
// after its leaf, Path(leaf).Root() = Edge.Root().
//
// Three types share one append. A Frontier is the right edge of the tree in
// constant size: what the ledger keeps. A Keeper is a Frontier that also keeps
// the siblings of marked leaves: what a wallet and an enclave keep; it hashes
// nothing for a mark. An Edge is a Frontier folded at one size: a root, and
// the means to make paths to that root later.
//
// Frontier, Edge, Path and Table are values: an assignment is a copy. A Keeper
// belongs to one goroutine. Nothing here logs, blocks or reads a clock.
package tree
