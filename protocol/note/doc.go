// Package note is the shielded note and its commitment and nullifier
// (spec/02-note.md).
//
// THE INVARIANT: a commitment binds asset, value, rho and owner; the nullifier
// of a leaf is unique to its position, so that each leaf can be spent exactly
// once and no two leaves share a nullifier.
//
// Pure; safe for concurrent use.
package note
