// Package light follows the chain's headers by their commits alone, from the
// validators that the genesis names (spec/15-rpc.md, "Verified reads").
//
// THE INVARIANT: a Chain trusts a header only if more than two thirds of the
// power of the validators that the header itself names signed it, and those
// are either the very set that the header before it announced, or signed by
// more than a third of the newest trusted set. As long as less than a third of
// the power is faulty, at most one header per height can be trusted.
//
// Not guaranteed: that a header is the newest. Whoever serves headers can
// withhold the last ones; a reader compares the header's time with its own
// clock. And keys that validators used long ago must have been destroyed.
//
// A Chain belongs to one goroutine. The package reads no clock and no network.
package light
