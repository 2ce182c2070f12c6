// Package spectest holds the specification to the code: whatever
// spec/invariants.md names as a test or an attack exists, and so does every
// test that another page names.
//
// THE INVARIANT: its tests fail on a name that no source declares, on an attack
// that no invariant names and on numbers out of order. They parse sources and
// do not run them: whether the tests pass is their own affair.
package spectest
