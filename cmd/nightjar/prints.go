package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/nightjar/nightjar/ledger/chronicle"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/wallet"
	"github.com/nightjar/nightjar/wallet/remote"
)

// printsCommand shows what traded, as far as the public is told.
func (a *app) printsCommand() *cobra.Command {
	var pair string
	cmd := &cobra.Command{
		Use:   "prints",
		Short: "Show what traded, late and in sums, as the enclaves signed it",
		Long: `Show the public record of what traded: sums of fills of at least three owners,
at least one interval of heartbeats old, each signed by a quorum of enclaves. The
chain is verified from genesis, and needs no wallet.

The price is the average, rounded down to the market's grid. Of the naturals'
pool the amount is the power of two, in lots, at or below what traded. Fills of
fewer than three owners wait for others and are not shown.`,
		Args: nothing,
		RunE: func(c *cobra.Command, _ []string) error { return a.showPrints(c.Context(), pair) },
	}
	cmd.Flags().StringVar(&pair, "market", "", "only of this market: BASE/QUOTE or its id")
	return cmd
}

type printView struct {
	Block  uint64 `json:"block"` // in which it was said
	Market string `json:"market"`
	ID     uint32 `json:"id"`
	Pool   string `json:"pool"`
	First  uint64 `json:"first"` // blocks of settlements
	Last   uint64 `json:"last"`
	Lots   uint64 `json:"lots"`
	Amount string `json:"amount"`
	Class  bool   `json:"class"` // the amount is the power of two below
	Price  string `json:"price"`
}

type printsResult struct {
	Height uint64      `json:"height"`
	Prints []printView `json:"prints"`
}

func (r printsResult) print(w io.Writer) {
	var rows [][]any
	for _, p := range r.Prints {
		amount := p.Amount
		if p.Class {
			amount = "≥ " + amount
		}
		rows = append(rows, []any{p.Block, p.Market, p.Pool, fmt.Sprintf("%d–%d", p.First, p.Last), amount, p.Price})
	}
	if len(rows) > 0 {
		table(w, "BLOCK\tMARKET\tPOOL\tSETTLED IN\tAMOUNT\tPRICE", rows)
	}
	fmt.Fprintf(w, "%d prints up to block %d\n", len(rows), r.Height)
}

func (a *app) showPrints(ctx context.Context, pair string) error {
	chain, err := a.follow(ctx)
	if err != nil {
		return err
	}
	defer chain.Close()
	p, err := remote.New(chain.client).Params(ctx)
	if err != nil {
		return err
	}
	r, err := viewPrints(p, chain.Chronicle().Prints(), pair)
	if err != nil {
		return err
	}
	r.Height = chain.Chronicle().Height()
	return a.emit(r)
}

// viewPrints puts prints into people's units; pair is empty for all markets.
func viewPrints(p wallet.Params, list []chronicle.Print, pair string) (r printsResult, err error) {
	var only wallet.Market
	if pair != "" {
		if only, err = p.FindMarket(pair); err != nil {
			return r, err
		}
	}
	r.Prints = []printView{}
	for _, x := range list {
		m, err := p.Market(x.Market)
		if err != nil {
			return r, err
		}
		if pair != "" && m.ID != only.ID {
			continue
		}
		pool := "all"
		if x.Pool == order.Natural {
			pool = "natural"
		}
		r.Prints = append(r.Prints, printView{
			Block: x.Block, Market: p.Pair(m), ID: m.ID, Pool: pool, First: x.First, Last: x.Last,
			Lots: x.Lots, Amount: p.Lots(m, x.Lots), Class: x.Pool == order.Natural, Price: p.Price(m, x.Price),
		})
	}
	return r, nil
}
