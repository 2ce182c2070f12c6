// Package extrinsic makes transactions of Substrate chains: calls by their
// names, checked against the runtime's metadata, and version 4 extrinsics with
// mortal eras, whose signed extensions are those that the metadata names
// (spec/23, "Extrinsics").
//
// THE INVARIANT: what is signed is bound to one chain, one runtime version, one
// nonce and a bounded number of blocks, and its call has the meaning that the
// metadata gives it: a pallet, a call, a field or a type that the metadata does
// not have, and an extension that this package does not know, are refused, never
// guessed. The bytes are a pure function of metadata, call and terms; a tip is
// never paid.
//
// A Runtime is not changed after New and may be used by many goroutines. It
// signs nothing: a Draft is given what its signer made of the payload.
package extrinsic
