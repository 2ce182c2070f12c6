// Package worker is the core of an enclave: it follows the chain, keeps the
// book, runs the auctions, signs with the other workers and proves what was
// matched (spec/17-enclave.md).
//
// THE INVARIANT: a worker signs only what it computed itself from blocks that it
// verified itself; order data and secrets leave it only sealed to a registered
// worker's key, and then in fixed sizes; and whatever it is told by a host or a
// peer can delay it, but not change what it signs.
//
// It is a step machine: Handle takes one message and returns what to send and
// what to prove; Proved takes a finished proof. It has no clock (its time is the
// chain's height), no goroutine and no logger, and touches neither network nor
// disk. Randomness it draws itself: it must not come from the host. A Worker
// belongs to one goroutine; jobs may run on others.
//
// Everything is in memory and dies with the process. A restarted worker is a
// new one: it registers anew and is handed the book by its peers.
package worker
