package outside

import (
	"github.com/nightjar/nightjar/protocol/external"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/state"
	"github.com/nightjar/nightjar/substrate/account"
)

// Place is where an owner pays in, by either way (spec/22).
type Place struct {
	Deposit account.ID // the owner's own address: any plain transfer to it is the owner's
	Custody account.ID // a transfer to it is the owner's only with the remark in one extrinsic
	Remark  []byte
}

// PlaceOf returns where the owner of c pays in while signers keep the custody.
// It refuses signers of which no account can be made (BAD_MULTISIG).
func PlaceOf(chainID string, signers state.Signers, c field.Element) (Place, error) {
	ids := make([]account.ID, len(signers.Keys))
	for i, k := range signers.Keys {
		ids[i] = account.ID(k)
	}
	custody, err := account.Multisig(uint16(signers.Threshold), ids)
	if err != nil {
		return Place{}, err
	}
	network := external.NetworkOf(chainID)
	return Place{
		Deposit: account.Deposit(custody, network, c),
		Custody: custody,
		Remark:  external.Encode(network, external.Owner{C: c}),
	}, nil
}
