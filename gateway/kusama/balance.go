package kusama

import (
	"context"
	"errors"
	"fmt"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/account"
	"github.com/nightjar/nightjar/substrate/chain"
	"github.com/nightjar/nightjar/substrate/extrinsic"
	"github.com/nightjar/nightjar/substrate/metadata"
	"github.com/nightjar/nightjar/substrate/storage"
	"github.com/nightjar/nightjar/vault"
)

// errNothingFinal says that no block is known final yet.
var errNothingFinal = errors.New("no block of the external chain is known final yet")

// Balance implements gateway.Adapter: free and reserved together.
func (a *Adapter) Balance(ctx context.Context, external []byte, of vault.Account, at vault.Cursor) (amount.Wide, error) {
	h, err := parseExternal(a.codec.runtime.Metadata(), external)
	if err != nil {
		return amount.Wide{}, err
	}
	b, err := a.config.Chain.At(ctx, at.Hash)
	if err != nil {
		return amount.Wide{}, err
	}
	v, err := a.config.Chain.Storage(ctx, b, h.key(of))
	if err != nil {
		return amount.Wide{}, err
	}
	held, err := h.read(v[0])
	if err != nil {
		return amount.Wide{}, err
	}
	return held.total, nil
}

// held is what an account has of an asset.
type held struct {
	total  amount.Wide
	usable amount.Wide // what a transfer that keeps the account may take, the minimum included
}

// key returns where the chain keeps what an account holds.
func (h holding) key(of vault.Account) []byte {
	if h.pallet == "" {
		return storage.Account(of)
	}
	return storage.AssetAccount(h.pallet, h.id, of)
}

// read reads the value under key.
func (h holding) read(v chain.Value) (held, error) {
	if !v.Present {
		return held{}, nil
	}
	if h.pallet != "" {
		b, err := storage.DecodeAssetAccount(v.Data)
		if err != nil || b.Status != storage.Liquid {
			return held{total: b.Balance}, err
		}
		return held{b.Balance, b.Balance}, nil
	}
	i, err := storage.DecodeAccount(v.Data)
	if err != nil {
		return held{}, err
	}
	total, ok := i.Total()
	if !ok {
		return held{}, rejection.New(rejection.OutOfRange, "an account's balance")
	}
	// What is frozen may be part of what is reserved; counting it as if it never
	// were says at most that there is less to spend than there is.
	usable, ok := i.Free.Sub(i.Frozen)
	if !ok {
		usable = amount.Wide{}
	}
	return held{total, usable}, nil
}

// minimum returns the least that an account may hold of an asset; v is what the
// chain keeps of the asset itself, unused for the chain's own token.
func (h holding) minimum(m *metadata.Metadata, v chain.Value) (amount.Wide, error) {
	if h.pallet == "" {
		c, err := m.Constant("Balances", "ExistentialDeposit")
		if err != nil {
			return amount.Wide{}, err
		}
		return wide(c)
	}
	if !v.Present {
		return amount.Wide{}, rejection.New(rejection.BadExternal, "%s has no such asset", h.pallet)
	}
	entry, err := m.Storage(h.pallet, "Asset")
	if err != nil {
		return amount.Wide{}, err
	}
	details, err := m.Registry.Read(entry.Value, v.Data)
	if err != nil {
		return amount.Wide{}, err
	}
	c, _ := details.(metadata.Composite)
	return wide(c.Get("min_balance"))
}

func wide(v metadata.Value) (amount.Wide, error) {
	w, ok := metadata.AsWide(v)
	if !ok {
		return amount.Wide{}, rejection.New(rejection.UnexpectedType, "an amount")
	}
	return w, nil
}

// assetKey returns where the chain keeps what an asset itself is.
func (h holding) assetKey(m *metadata.Metadata) ([]byte, error) {
	return storage.Key(m, h.pallet, "Asset", h.id)
}

// reserve returns what pallet-multisig keeps of the first approver until the
// call is executed:
//
//	DepositBase + threshold · DepositFactor
func reserve(m *metadata.Metadata, threshold uint16) (amount.Wide, error) {
	base, err := m.Constant("Multisig", "DepositBase")
	if err != nil {
		return amount.Wide{}, err
	}
	factor, err := m.Constant("Multisig", "DepositFactor")
	if err != nil {
		return amount.Wide{}, err
	}
	sum, err := wide(base)
	if err != nil {
		return amount.Wide{}, err
	}
	each, err := wide(factor)
	if err != nil {
		return amount.Wide{}, err
	}
	for range threshold {
		var ok bool
		if sum, ok = sum.Add(each); !ok {
			return amount.Wide{}, rejection.New(rejection.OutOfRange, "the deposit of a multisig")
		}
	}
	return sum, nil
}

// builder makes the builder of a runtime's extrinsics.
func (a *Adapter) builder(of Runtime, m *metadata.Metadata) (*extrinsic.Runtime, error) {
	v := extrinsic.Version{SpecName: of.SpecName, SpecVersion: of.SpecVersion, TransactionVersion: of.TransactionVersion}
	return extrinsic.New(m, v, a.pin, a.config.Genesis)
}

// selfInfo reads the own account.
func selfInfo(v chain.Value, self account.ID, prefix account.Prefix) (storage.AccountInfo, error) {
	if !v.Present {
		return storage.AccountInfo{}, rejection.New(rejection.FundsMissing, "the own account %s does not exist", self.SS58(prefix))
	}
	i, err := storage.DecodeAccount(v.Data)
	if err != nil {
		return storage.AccountInfo{}, fmt.Errorf("the own account: %w", err)
	}
	return i, nil
}
