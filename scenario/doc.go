// Package scenario reads scenario files: the assets, markets, traders and
// events that `nightjar demo` plays on a devnet (docs/scenarios.md).
//
// THE INVARIANT: a Scenario that Parse returned can be carried out as far as
// its text can tell: every name is declared before it is used, every amount is
// a whole number of lots, ticks and hub units, and no trader ever needs more of
// an asset than could have reached them. Whatever is wrong is refused with the
// number of its line (BAD_SCENARIO).
//
// A Scenario is read-only after Parse. Pure; reads no files.
package scenario
