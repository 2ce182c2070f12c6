// Package vector reads the vector files of spec/vectors, for tests only.
//
// THE INVARIANT: nothing in Go writes a vector file. The reference does
// (spec/ref); a test recomputes every value in the file, and Read fails if the
// file has a part that the test does not know or if a list of it is empty.
package vector
