// Package devkey is the keys of Substrate's development accounts, Alice, Bob and
// the others, whose phrase everybody knows. Only tests use it.
//
// THE INVARIANT: a name gives the key that Substrate's tools give for "//name".
package devkey
