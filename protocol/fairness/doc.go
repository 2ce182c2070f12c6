// Package fairness is how an owner holds the enclaves to the auction's rules
// (spec/20-fairness.md): what a wallet asks a worker about an order, what the
// answer shows under the roots of a signed heartbeat, which rules were broken,
// and the bytes by which anybody who knows the chain can check that they were.
//
// THE INVARIANT: a finding follows from what q operators' workers signed, from
// the chain, and from the opening of the order, and from nothing that its owner
// or a node merely says; workers that keep the rules leave no finding, whatever
// the owner asks. A query tells nothing to whoever does not know the order, and
// every answer has one size.
//
// It knows no ledger, network or clock: who asks brings what the chain says.
// Sealing draws randomness inside the standard library; all else is a function
// of its arguments.
package fairness
