// Package transcript is what a heartbeat's two roots stand for: the orders that
// the enclaves took in, and what each auction did with every order
// (spec/20-fairness.md).
//
// THE INVARIANT: a root binds the number of entries, their keys in ascending
// order and their values, so that a proof shows an owner the entry of an order,
// or two neighbouring entries with nothing between them. To whoever does not
// know an order's secret s, its key and its value are random bytes, others at
// each height; and of the last order that traded an owner learns whether it
// stood before their own, and nothing more of it than how far the two agree.
//
// Values are plain data; all functions are pure.
package transcript
