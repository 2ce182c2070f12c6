// Package trie is the base-16 Patricia–Merkle trie in which a Substrate chain
// keeps its state, and proofs of what it holds (spec/23-substrate.md, "Read
// proofs").
//
// THE INVARIANT: for a root and a key there is at most one answer. Lookup
// gives the value, or that there is none, exactly if every node from the root
// to the answer is in the proof; a node or a value counts only under its own
// BLAKE2b-256.
//
// Both versions of the state are read, also mixed as a chain has them while it
// migrates: version 0 keeps values in nodes, version 1 keeps the hash of each
// value of more than 32 bytes.
//
// Work: Open hashes every byte of the proof once; Lookup takes at most one node
// a nibble of the key. A proof's nodes may come in any order, twice, or
// without need: they are found by their hash, so such a node can be of no
// use, and refusing it would only refuse nodes that prove too much. Two
// different proofs may therefore prove one thing; do not name a thing by its
// proof.
//
// All values are immutable; results share no memory with inputs.
package trie
