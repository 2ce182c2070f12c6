// Package field is the scalar field F of BLS12-381 and the Poseidon2 hash over
// it (spec/00-conventions.md, "Field and hash").
//
// THE INVARIANT: an Element that came from bytes is canonical (below the
// modulus r); bytes at or above r are refused, never reduced, so that one
// element has one encoding. H, K and K2 are the native twins of the circuit
// gadgets of the same names and agree with them on every input.
//
// All functions are pure; the permutation's constants are made once and only
// read. Safe for concurrent use.
package field
