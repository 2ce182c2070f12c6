package adversary

import (
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// claimPaidTwice lets the custody pay one claim twice.
var claimPaidTwice = Attack{
	Name: "claim_paid_twice", Guarantee: "G1", Wants: rejection.ClaimClosed,
	Run: closeTwice(custody.Paid, custody.Paid),
}
