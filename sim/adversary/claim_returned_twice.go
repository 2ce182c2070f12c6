package adversary

import (
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// claimReturnedTwice gets the note of an unpayable claim back twice.
var claimReturnedTwice = Attack{
	Name: "claim_returned_twice", Guarantee: "G1", Wants: rejection.ClaimClosed,
	Run: closeTwice(custody.Returned, custody.Returned),
}
