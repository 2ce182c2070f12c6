// Package spectest holds the specification to the code: whatever
// spec/invariants.md names as a test or an attack exists.
//
// THE INVARIANT: its test fails on a name that no source declares, on an attack
// that no invariant names and on numbers out of order. It parses sources and
// does not run them: whether the tests pass is their own affair.
package spectest
