// Package gadget is the protocol's vocabulary inside a circuit: hashes, tree
// paths, ranges, rates and value commitments (spec/11-circuits.md, "Gadgets").
//
// THE INVARIANT: a gadget constrains everything it returns. Whatever values a
// dishonest prover puts in place of its hints, either the circuit is
// unsatisfied or the result is the one its native twin in protocol/ computes.
// Each gadget states the ranges its arguments must already have been checked
// to; inside them no product and no sum reaches the modulus.
//
// What it does not use, on purpose: lookup-based range checks (they put a
// commitment into the Groth16 proof), the library's variable-base scalar
// multiplication, and incomplete curve additions.
//
// A Kit belongs to one compilation and is not safe for concurrent use.
package gadget
