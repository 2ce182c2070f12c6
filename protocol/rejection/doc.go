// Package rejection is the registry of typed refusals: every reason for which
// Nightjar turns an input down has one stable code here and one row in
// spec/00-conventions.md.
//
// THE INVARIANT: a code, once released, never changes its number, its name or
// its meaning, and a Rejection never carries a secret, a price or a size.
//
// A Rejection is the input's fault and is deterministic: the same input on the
// same state is refused with the same code on every machine. Everything that
// is not the input's fault (a disk that is full, a peer that is gone) is an
// ordinary wrapped error and must not use this package.
//
// All values are immutable; the package may be used concurrently.
package rejection
