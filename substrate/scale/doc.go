// Package scale is the encoding of Substrate: little-endian integers, compact
// integers, options and counted lists, without names or types on the wire
// (spec/23-substrate.md, "Codec").
//
// THE INVARIANT: a Reader accepts the one encoding of a value that a Writer
// makes and no other. A compact integer of more bytes than it needs, a flag
// that is neither 0 nor 1, text that is not UTF-8 and bytes left over are
// refused, and so is a count of more elements than bytes are left: what
// decoding costs is bounded by the input.
//
// A Reader or Writer belongs to one goroutine.
package scale
