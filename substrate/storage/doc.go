// Package storage makes the keys under which a Substrate chain keeps its
// state, and reads the values that custody needs (spec/23-substrate.md,
// "Codec").
//
// THE INVARIANT: the keys and values of an account, an asset's account, a
// multisig, the events and a parachain's head are fixed here and depend on no
// metadata, so that a proof says what it says whatever a node calls its
// runtime. Agree compares them with the runtime's own metadata, and a chain
// with which they do not agree is refused.
//
// All functions are pure.
package storage
