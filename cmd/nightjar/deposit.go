package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/nightjar/nightjar/devnet"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// depositResult says for whom a test asset is, and whether it was minted.
type depositResult struct {
	OK     bool   `json:"ok"`
	Asset  string `json:"asset"`
	Owner  string `json:"owner"` // C
	Amount string `json:"amount,omitempty"`
	Minted bool   `json:"minted"`
}

func (r depositResult) print(w io.Writer) {
	switch {
	case r.Minted:
		fmt.Fprintf(w, "Minted %s test %s.\nNext: nightjar balance\n", r.Amount, r.Asset)
	default:
		fmt.Fprintf(w, "Deposit commitment, good for one deposit of %s:\n\n    %s\n\nOn a devnet: nightjar deposit --asset %s --amount 1 --devnet DIR\n", r.Asset, r.Owner, r.Asset)
	}
}

func (a *app) depositCommand() *cobra.Command {
	var symbol, text, dir string
	var f payin
	cmd := a.query("deposit [SYMBOL]", "Show where to deposit and wait for the money, or mint test assets on a devnet", nil)
	cmd.Long = `Deposit shows an address of your own on the asset's own chain, which any wallet
and any exchange can pay to, and follows what you send until it is yours here.
The address is made from the custody's signers as the chain has them; a gateway
that would name another one is refused.

An address belongs to one deposit commitment. It stays yours, but a new one for
each deposit keeps your deposits apart in other people's eyes.`
	cmd.Example = "nightjar deposit ksm\nnightjar deposit ksm --owner COMMITMENT\nnightjar deposit --asset USD --amount 100 --devnet .devnet"
	cmd.Args = func(_ *cobra.Command, args []string) error {
		if len(args) > 1 {
			return rejection.New(rejection.BadFlag, "it takes one asset; %q is one too many", args[1])
		}
		return nil
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			if symbol != "" {
				return rejection.New(rejection.BadFlag, "the asset is named twice")
			}
			symbol = args[0]
		}
		if text != "" && dir == "" {
			return rejection.New(rejection.BadFlag, "--amount goes with --devnet; any other deposit is as much as you send to the gateway")
		}
		return a.with(cmd.Context(), func(s *session) error {
			asset, err := s.Wallet.Params().FindAsset(symbol)
			if err != nil {
				return err
			}
			if _, ok := outsideOf(asset); ok {
				if dir != "" {
					return rejection.New(rejection.BadFlag, "%s comes from its own chain: a devnet mints test assets only", asset.Symbol)
				}
				return a.depositOutside(cmd, s, asset, &f)
			}
			var value uint64
			if dir != "" {
				chain, err := devnet.Dir(dir).ChainID()
				if err != nil {
					return err
				}
				if chain != s.Genesis.ChainID {
					return rejection.New(rejection.WrongNetwork, "%s is %s, the wallet is on %s", dir, chain, s.Genesis.ChainID)
				}
				if value, err = positive(asset.ParseAmount(text)); err != nil {
					return err
				}
			}
			c, err := s.Wallet.DepositOwner()
			if err != nil {
				return err
			}
			b := c.Bytes()
			r := depositResult{OK: true, Asset: asset.Symbol, Owner: hex.EncodeToString(b[:])}
			if dir != "" {
				tx, err := devnet.Dir(dir).Mint(asset.ID, value, c)
				if err != nil {
					return err
				}
				if _, err := s.Client().Submit(cmd.Context(), tx); err != nil {
					return err
				}
				r.Minted, r.Amount = true, s.Wallet.Params().Amount(asset.ID, value)
				if err := a.credited(cmd.Context(), s); err != nil {
					return err
				}
			}
			return a.emit(r)
		})
	}
	f.register(a, cmd)
	cmd.Flags().StringVar(&symbol, "asset", "", "what to deposit, by symbol or id")
	cmd.Flags().StringVar(&text, "amount", "", "with --devnet: how much to mint")
	cmd.Flags().StringVar(&dir, "devnet", "", "directory of a devnet whose custody mints test assets")
	return cmd
}

// credited waits until a deposit that was just submitted is the wallet's.
func (a *app) credited(ctx context.Context, s *session) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	before := s.Wallet.State().Deposits
	return a.working("waiting for the chain", func() error {
		for s.Wallet.State().Deposits == before {
			if err := s.sync(ctx); err != nil {
				return fmt.Errorf("minted, and not in a block yet: don't mint again, `nightjar sync` goes on with it: %w", err)
			}
			select {
			case <-ctx.Done():
			case <-time.After(200 * time.Millisecond):
			}
		}
		return nil
	})
}
