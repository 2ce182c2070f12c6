// Package canary searches bytes for values that must not be in them: numbers
// and secrets of orders, in every spelling in which a program would write them.
//
// THE INVARIANT: what a Search is told to look for it finds, wherever in its
// input it lies and however the input is cut into reads; a value too short to
// be told from chance is refused rather than looked for badly.
//
// Not established: that nothing is there in a spelling that is not listed, for
// example compressed or encrypted.
//
// A Search may be used by several goroutines.
package canary
