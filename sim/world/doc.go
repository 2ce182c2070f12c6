// Package world is a small chain in one process: a development genesis,
// validators, signers, enclaves and people whose keys follow from a seed, the
// real ledger over its memory backing, and real proofs that the real verifier
// checks.
//
// THE INVARIANT: after every block the world knows every coin there is, and
// for each asset deposited − withdrawn equals the unspent coins that it counts
// itself plus the fee counter; no nullifier was spent twice; and a refused
// block left the state as it was. Violation reports the first breach.
//
// Everything but the bytes of a proof is a function of the calls made: two
// worlds that were asked the same things hold the same state, byte for byte.
// A World belongs to one goroutine; Clone gives another goroutine its own.
//
// What it does not do: its enclaves keep no book and its people no wallet. Who
// calls says what is traded and spent, also where no honest program would.
package world
