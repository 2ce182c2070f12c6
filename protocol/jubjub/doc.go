// Package jubjub is the curve embedded in F, its four generators, and the
// Schnorr signatures over it: spend authorisation under a re-randomised key
// and the binding signature of a settlement (spec/00-conventions.md, "Curve").
//
// THE INVARIANT: a Point that Read returned is on the curve, in the
// prime-order subgroup, not the identity, and came from its one encoding; a
// Scalar is below the subgroup's order. Nobody knows a relation between the
// generators: each is hashed from its name.
//
// The arithmetic is gnark-crypto's and not constant-time: see SECURITY.md.
// All functions are pure and safe for concurrent use.
package jubjub
