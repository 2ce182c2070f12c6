// Package sample draws values of a runtime's types, for tests only.
//
// THE INVARIANT: a drawn value is of the type that was asked for, and every
// alternative of an enum and every length of an integer can be drawn.
package sample
