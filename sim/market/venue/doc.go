// Package venue is Nightjar's market without its chain and its secrets: it takes
// orders and a reference block by block, calls auctions as spec/13-auction.md
// says, and clears them with the rules that the enclaves run (engine/auction).
//
// THE INVARIANT: every result of an auction was checked against the orders as
// the venue knows them before anybody hears of it: what is bought is sold, every
// term, peg, band, minimum and quantity holds, nobody trades with themselves,
// the cap holds. A violation is a fault, and the venue stops. The same calls give
// the same results, to the last byte of Digest.
//
// What it leaves out: money, fees, proofs, locks that nobody settles. An order
// that is matched is locked for Settle blocks; then its remainder is back.
//
// A Venue belongs to one goroutine. All decisions are in integers.
package venue
