// Package mempool is what waits for a block: transactions that were checked
// once, completely, and did not become invalid since.
//
// THE INVARIANT: every bound holds at every moment: transactions and bytes in
// the pool, verifications under way, transactions that wait for one in total
// and per origin. A sender of junk spends its own lane of the queue, never
// another sender's place nor consensus's time: after one bad proof what it sends
// is verified apart from the others', after a few it waits for the next block,
// alone, whatever others sent it copied. No two transactions of the pool use up
// the same thing.
//
// Nothing in the pool is trusted: a proposal checks everything again.
//
// A Pool may be used concurrently.
package mempool
