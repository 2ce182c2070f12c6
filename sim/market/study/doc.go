// Package study asks what a pinging strategy earns on the venue with each defence
// on and off, and what the defences cost everybody else (docs/market-study.md).
//
// THE INVARIANT: a cell of its tables is a function of its settings and of the
// numbers of its seeds; the seeds are the same in every setting, so that settings
// are compared seed by seed. No result depends on how many runs go on at a time.
//
// The study says what happens in this model, and nothing of any market that is
// not like it.
package study
