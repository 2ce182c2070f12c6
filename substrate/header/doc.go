// Package header is the header of a Substrate block (spec/23-substrate.md,
// "Headers").
//
// THE INVARIANT: a header has one encoding, and its hash is BLAKE2b-256 of it:
// whoever knows the hash of a block accepts exactly one header for it.
//
// Work is linear in the input. All values are plain data; results share no
// memory with inputs.
package header
