// Package machine is the enclave's deterministic machine of the chain:
// state = f(blocks), auction = f(state, epoch secret) (spec/13-auction.md,
// "The machine").
//
// THE INVARIANT: two workers that were given the same blocks have the same
// state and, with the same secret, make the same auction down to the last byte
// of every blind; every fill in an auction is one that the order's covenant
// allows, every group balances and has a size of the parameters, and every
// order in it can be locked and settled as far as the chain up to that block
// tells; a print covers at least three owners, nothing younger than an interval
// of heartbeats, and no fill that another print covers.
//
// The machine believes the chain and nothing else: it never assumes that its own
// auction was the one locked, but reads each fill back from the settlement's
// report. A machine may therefore start anywhere with an empty book, be rebuilt
// by replaying blocks, or be decoded from another's state.
//
// It verifies no header, proof or signature, decrypts nothing, and keeps no
// secret but the orders: the enclave around it does. An error is a fault, after
// which the state must not be used. Not safe for concurrent use.
package machine
