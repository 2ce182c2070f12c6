// Package prices reads this validator's opinion of reference prices from a
// file (spec/14-node.md, "Prices").
//
// THE INVARIANT: what the file says reaches consensus only inside the
// validator's own vote extension. A file that is missing or wrong yields no
// price at all: a validator that does not know abstains, and consensus keeps
// its last price until that is stale.
//
// A File may be used concurrently; it is read again whenever it changed.
package prices
