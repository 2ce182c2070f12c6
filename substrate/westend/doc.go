// Package westend holds, for tests only, the metadata of a real runtime: the
// Westend relay chain's, spec version 9320, transaction version 14, metadata
// version 14, as a gossamer v0.9.0 node on its own westend-dev chain
// specification answered state_getMetadata.
//
// THE INVARIANT: the bytes are the recorded ones; their hash is a constant, and
// a test compares it.
package westend
