// Package home is a gateway's directory: its configuration, its key, what it
// has to remember, and how they are put together (docs/gateway.md).
//
// THE INVARIANT: what a configuration leaves out or misspells is refused, and
// nothing in it turns off a check: it says whom to ask, what was compared by
// people (a genesis, a checkpoint, the hash of a runtime's metadata) and how fast
// money may leave. Files of the directory are replaced whole or not at all.
//
// One process at a time runs from a home; the journal's lock says so.
package home
