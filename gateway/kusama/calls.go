package kusama

import (
	"encoding/binary"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/external"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/state"
	"github.com/nightjar/nightjar/substrate/account"
	"github.com/nightjar/nightjar/substrate/extrinsic"
	"github.com/nightjar/nightjar/vault"
)

// codec is what the vault has to know of a Substrate chain; a vault.Codec.
type codec struct {
	network external.Network
	runtime *extrinsic.Runtime // any of the accepted transaction version
}

// multisigOf returns a generation of signers as pallet-multisig names them. A
// signer's key is its account.
func multisigOf(s state.Signers) extrinsic.Multisig {
	m := extrinsic.Multisig{Threshold: uint16(s.Threshold)}
	for _, key := range s.Keys {
		m.Signatories = append(m.Signatories, account.ID(key))
	}
	return m
}

// Custody implements vault.Codec: the multisig account of the generation.
func (c codec) Custody(s state.Signers) (vault.Account, error) {
	m := multisigOf(s)
	id, err := account.Multisig(m.Threshold, m.Signatories)
	return vault.Account(id), err
}

// Deposit implements vault.Codec.
func (c codec) Deposit(of vault.Account, owner field.Element) vault.Account {
	return vault.Account(account.Deposit(account.ID(of), c.network, owner))
}

// Call implements vault.Codec.
func (c codec) Call(j vault.Job) ([32]byte, error) {
	call, err := c.callOf(j)
	if err != nil {
		return [32]byte{}, err
	}
	return call.Hash(), nil
}

// callOf returns the call that does a job. But for an Anchor's it is the
// custody account's, and a function of the job alone:
//
//	batch_all(movement, remark_with_event(remark))
//
// The remark names the claim or the deposit. It makes calls differ that are
// alike otherwise: pallet-multisig knows a call by its hash and would take two
// equal payouts for one.
func (c codec) callOf(j vault.Job) (extrinsic.Call, error) {
	if j.Kind == vault.Anchor {
		remark, err := c.runtime.Remark(j.Remark)
		if err != nil {
			return extrinsic.Call{}, err
		}
		return c.runtime.BatchAll(remark) // no payload begins with pallet 0
	}
	content, err := remarkOf(j)
	if err != nil {
		return extrinsic.Call{}, err
	}
	move, err := c.move(j)
	if err != nil {
		return extrinsic.Call{}, err
	}
	remark, err := c.runtime.Remark(external.Encode(c.network, content))
	if err != nil {
		return extrinsic.Call{}, err
	}
	return c.runtime.BatchAll(move, remark)
}

// remarkOf returns the remark of a job (spec/22).
func remarkOf(j vault.Job) (external.Remark, error) {
	switch j.Kind {
	case vault.Payout:
		return external.Payout{Claim: custody.ClaimID(j.Ref)}, nil
	case vault.Sweep, vault.Drain: // a Drain's Ref is a hash that no deposit has
		return external.Sweep{Deposit: custody.DepositID(j.Ref)}, nil
	case vault.Refund:
		return external.Refund{Deposit: custody.DepositID(j.Ref)}, nil
	}
	return nil, rejection.New(rejection.BadCall, "a job of kind %d", j.Kind)
}

// move returns the call that moves a job's money, acting for its From. A
// payment leaves the custody account alive, a sweep and a drain take everything.
func (c codec) move(j vault.Job) (extrinsic.Call, error) {
	h, err := parseExternal(c.runtime.Metadata(), j.External)
	if err != nil {
		return extrinsic.Call{}, err
	}
	to := account.ID(j.To)
	var call extrinsic.Call
	switch j.Kind {
	case vault.Sweep, vault.Drain:
		call, err = c.transferAll(h, to)
	default:
		call, err = c.transfer(h, to, j.Amount)
	}
	if err != nil || j.From == j.Custody {
		return call, err
	}
	if j.Owner == nil || c.Deposit(j.Custody, *j.Owner) != j.From {
		return extrinsic.Call{}, rejection.New(rejection.BadCall, "the account to pay from is not the custody's")
	}
	path := external.Path(c.network, *j.Owner)
	return c.runtime.Nested(path[:], call)
}

func (c codec) transfer(h holding, to account.ID, value amount.Wide) (extrinsic.Call, error) {
	if h.pallet == "" {
		return c.runtime.Transfer(to, value)
	}
	return c.runtime.AssetTransfer(h.pallet, h.argument(), to, value)
}

func (c codec) transferAll(h holding, to account.ID) (extrinsic.Call, error) {
	const keepAlive = extrinsic.Flag(false)
	if h.pallet == "" {
		return c.runtime.TransferAll(to, keepAlive)
	}
	return c.runtime.Call(h.pallet, "transfer_all",
		extrinsic.Field{Name: "id", Argument: h.argument()},
		extrinsic.Field{Name: "dest", Argument: extrinsic.Account(to)},
		extrinsic.Field{Name: "keep_alive", Argument: keepAlive})
}

// argument returns the asset's id as its pallet's calls take it.
func (h holding) argument() extrinsic.Argument {
	if h.pallet == assetsPallet {
		return extrinsic.Uint(uint64(binary.LittleEndian.Uint32(h.id)))
	}
	return extrinsic.Encoded(h.id)
}
