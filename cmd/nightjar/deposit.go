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

// depositResult says where to send money.
type depositResult struct {
	OK     bool   `json:"ok"`
	Asset  string `json:"asset"`
	Owner  string `json:"owner"` // C
	Amount string `json:"amount,omitempty"`
	Minted bool   `json:"minted"`
	test   bool
}

func (r depositResult) print(w io.Writer) {
	switch {
	case r.Minted:
		fmt.Fprintf(w, "Minted %s test %s.\nNext: nightjar balance\n", r.Amount, r.Asset)
	case r.test:
		fmt.Fprintf(w, "Deposit commitment, good for one deposit of %s:\n\n    %s\n\nOn a devnet: nightjar deposit --asset %s --amount 1 --devnet DIR\n", r.Asset, r.Owner, r.Asset)
	default:
		fmt.Fprintf(w, "Deposit commitment, good for one deposit of %s:\n\n    %s\n\nGive it to the gateway of the asset's chain with your deposit.\n", r.Asset, r.Owner)
	}
}

func (a *app) depositCommand() *cobra.Command {
	var symbol, text, dir string
	cmd := a.query("deposit", "Show where to deposit, or mint test assets on a devnet", nil)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if text != "" && dir == "" {
			return rejection.New(rejection.BadFlag, "--amount goes with --devnet; any other deposit is as much as you send to the gateway")
		}
		return a.with(cmd.Context(), func(s *session) error {
			asset, err := s.Wallet.Params().FindAsset(symbol)
			if err != nil {
				return err
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
			r := depositResult{OK: true, Asset: asset.Symbol, Owner: hex.EncodeToString(b[:]), test: asset.Test}
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
