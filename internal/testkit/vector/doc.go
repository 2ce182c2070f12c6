// Package vector compares what a package computes with the golden files of
// spec/vectors, for tests only.
//
// THE INVARIANT: Check fails unless the file on disk says exactly what the
// code says; only an explicit -update writes, and then it says so.
package vector
