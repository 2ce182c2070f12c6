// Package event reads the events of a block: the value of System.Events, by
// the runtime's metadata (spec/23-substrate.md, "Codec").
//
// THE INVARIANT: a list of events decodes whole or not at all, and a Record's
// index is its place in that list: what a deposit's reference names is one
// event. An event is named by its pallet and its own name, never by numbers,
// which runtimes move.
//
// All functions are pure. Whether the bytes are those of a final block is a
// read proof's affair, and whether the metadata is that block's runtime's is
// the caller's.
package event
