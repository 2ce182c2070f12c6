// Package book holds the orders that rest in the enclaves: which there are, and
// which of them may be matched (spec/13-auction.md, "The book").
//
// THE INVARIANT: an order is in the book at most once, under the nullifier of
// its leaf; an order whose owner took it out, or whose leaf is spent, is never
// matched again; what Eligible returns can be locked in the blocks after the
// auction as far as the book knows: it rests, nobody is spending it, its exit
// window is over, it has not expired and it is old enough to be settled.
//
//	          Add            Lock             Settle
//	(absent) -----> resting ------> locked(a) -------> (absent), its remainder resting
//	                   ^               | Bust
//	                   +---------------+   or (absent), if it was leaving
//
// A book knows no prices: package auction decides, this one remembers. Nothing
// that it returns depends on map order. Not safe for concurrent use.
package book
