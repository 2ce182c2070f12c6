package adversary

import (
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// claimReturnedAfterPayment has the money on the external chain and gets the
// note back, too.
var claimReturnedAfterPayment = Attack{
	Name: "claim_returned_after_payment", Guarantee: "G1", Wants: rejection.ClaimClosed,
	Run: closeTwice(custody.Paid, custody.Returned),
}
