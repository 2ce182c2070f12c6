package account

import (
	"github.com/nightjar/nightjar/protocol/external"
	"github.com/nightjar/nightjar/protocol/field"
)

// Deposit is the account at which the owner of a commitment C pays in by a plain
// transfer: the end of C's path from the custody account (spec/22). What stands
// there is the custody signers' and nobody else's; a wallet computes it itself
// from signers that it has verified.
func Deposit(custody ID, network external.Network, c field.Element) ID {
	path := external.Path(network, c)
	return Nested(custody, path[:])
}
