package outside

import (
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/asset"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/account"
)

// Chain is a Substrate chain that holds an asset's reserves.
type Chain struct {
	Number uint32 // in asset records
	Name   string
	Prefix account.Prefix

	// Existential is the least that an account there can hold of the chain's own
	// balance, in its smallest unit; 0 if we do not know.
	Existential amount.Wide
}

// Numbers of the chains that are known (spec/16-wallet.md, "Other chains").
const (
	Kusama  = 434 // Kusama Asset Hub, where KSM is since October 2025
	Westend = 42  // a development chain with Westend's relay runtime
)

// chains are shown by name. An asset on another chain is as good: it is shown
// by number, with generic addresses.
var chains = []Chain{
	{Number: Kusama, Name: "Kusama Asset Hub", Prefix: account.Kusama, Existential: amount.WideOf(3_333_333)},
	{Number: Westend, Name: "Westend development chain", Prefix: account.Generic, Existential: amount.WideOf(10_000_000_000)},
}

// ChainOf returns the chain with a number.
func ChainOf(number uint32) Chain {
	for _, c := range chains {
		if c.Number == number {
			return c
		}
	}
	return Chain{Number: number, Name: fmt.Sprintf("chain %d", number), Prefix: account.Generic}
}

// Address writes an account as the chain's people do.
func (c Chain) Address(id account.ID) string { return id.SS58(c.Prefix) }

// ParseAddress reads the address of an account: SS58 of this chain, or 0x and 64
// hex digits. It refuses what is no address (ACCOUNT_FORM), mistyped
// (ACCOUNT_CHECKSUM) or of another chain (ACCOUNT_NETWORK).
func (c Chain) ParseAddress(text string) (account.ID, error) {
	digits, ok := strings.CutPrefix(text, "0x")
	if !ok {
		return account.Parse(text, c.Prefix)
	}
	b, err := hex.DecodeString(digits)
	if err != nil || len(b) != len(account.ID{}) {
		return account.ID{}, rejection.New(rejection.AccountForm, "after 0x an account has 64 hex digits")
	}
	return account.ID(b), nil
}

// CheckPayout refuses (BELOW_EXISTENTIAL) an amount that the chain would not
// keep in an empty account: signers return such a claim, and its fee is spent.
func (c Chain) CheckPayout(a asset.Record, units uint64) error {
	v, ok := a.ExternalAmount(units)
	if !ok {
		return rejection.New(rejection.OutOfRange, "more than the external chain can hold")
	}
	if a.External[0] == asset.Native && v.Cmp(c.Existential) < 0 {
		return rejection.New(rejection.BelowExistential, "%s keeps nothing below %s %s in an account",
			c.Name, amount.FormatWide(c.Existential, a.ExternalDecimals), a.Symbol)
	}
	return nil
}
