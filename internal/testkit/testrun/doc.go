// Package testrun runs the commands of a binary inside its test, for tests
// only.
//
// THE INVARIANT: what a run prints and returns is what a person who types it
// would get; nothing is left over from one run to the next.
package testrun
