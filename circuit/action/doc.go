// Package action is the Action circuit: the one statement behind a transfer,
// an order, a cancel, a replace and a withdrawal (spec/07-action.md,
// spec/11-circuits.md).
//
// THE INVARIANT: what a proven action puts into its outputs, its fee and its
// public output is exactly what its real inputs held, asset by asset; every
// input, also a dummy, belongs to the holder of (ak, nk) and has the one
// nullifier of its place in the tree; and rk is that ak, re-randomised.
//
// Witness and Circuit are values; nothing here is shared.
package action
