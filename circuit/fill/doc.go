// Package fill is the Fill circuit: the covenant of an order note
// (spec/05-fill.md, spec/11-circuits.md).
//
// THE INVARIANT: whoever proves a Fill, and whatever else they know, spends
// the order only within the terms its owner committed to, pays only the
// owner, conserves the order's money, and publishes a report from which the
// owner recomputes every output. Its native twins are order.Apply (a real
// order) and order.Pad (padding).
//
// Witness and Circuit are values; nothing here is shared.
package fill
