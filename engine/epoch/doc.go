// Package epoch is everything that is drawn from an epoch's secret: when
// auctions are called, which way a tie falls, and the salts, blinds and padding
// of a settlement (spec/13-auction.md, "Randomness").
//
// THE INVARIANT: every draw is a function of (secret, height, purpose, market,
// index) and of nothing else, so that all workers draw the same and any of them
// can finish another's settlement; no two draws share an input. What is
// revealed after the epoch (the schedule key) says nothing about the secret or
// about any other draw.
//
// The secret itself is made, shared and erased elsewhere. Pure; safe for
// concurrent use.
package epoch
