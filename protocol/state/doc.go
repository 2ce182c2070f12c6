// Package state is the part of the ledger's small state that its readers
// verify for themselves: rows, their keys, and how the app hash in a header
// commits to them (spec/10-ledger.md, "Rows" and "App hash").
//
// THE INVARIANT: a row has one key and one encoding, so that a proof under the
// small state's root says what the ledger holds; the app hash commits to the
// note tree, the nullifier log and the small state, and to nothing else.
//
// Values are plain data; all functions are pure. The rules that change rows
// are the ledger's.
package state
