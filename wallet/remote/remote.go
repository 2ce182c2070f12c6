package remote

import (
	"context"

	nodev1 "github.com/nightjar/nightjar/api/node/v1"
	"github.com/nightjar/nightjar/client"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/state"
	"github.com/nightjar/nightjar/wallet"
)

// Chain implements wallet.Chain.
type Chain struct {
	client *client.Client
	height uint64 // of the newest View
}

// New returns the chain that a client follows.
func New(c *client.Client) *Chain { return &Chain{client: c} }

// Params returns the records of the newest verified state, and what Blocks
// will end at.
func (c *Chain) Params(ctx context.Context) (wallet.Params, error) {
	view, err := c.client.View(ctx)
	if err != nil {
		return wallet.Params{}, err
	}
	c.height = view.Height
	g := c.client.Genesis()
	anchor := view.Height - view.Height%g.AnchorInterval
	p := wallet.Params{
		ChainID: g.ChainID, Development: g.Development, Height: view.Height, Time: view.Time.Unix(),
		Roots:     wallet.Roots{Notes: view.Commitment.Notes, Spent: view.Commitment.Spent},
		BookSince: view.Book.Since,
		FeeAsset:  g.FeeAsset, AnchorInterval: g.AnchorInterval, Anchors: g.Anchors, Delay: g.ExecutionDelay,
	}
	p.Fee, _ = view.Fees.At(anchor)
	for _, a := range view.Assets {
		fee, _ := a.ExitFees.At(anchor)
		p.Assets = append(p.Assets, wallet.Asset{Record: a.Record, ExitFee: fee})
	}
	for _, m := range view.Markets {
		out := wallet.Market{Record: m}
		for _, r := range view.References {
			if r.Market == m.ID {
				out.Reference = r.Price
			}
		}
		p.Markets = append(p.Markets, out)
	}
	if e, ok := view.Epoch(); ok {
		p.Epoch = wallet.Epoch{Number: e.Number, Key: e.SealKey[:]}
	}
	if len(view.Workers) > 0 {
		p.Workers, err = c.workers(ctx, view.Workers)
	}
	return p, err
}

// workers finds the registration of every verified worker: the node's word,
// believed as far as it fits the worker's row. A worker whose registration the
// node keeps back has no evidence here, and the wallet's Guard refuses it.
func (c *Chain) workers(ctx context.Context, rows []state.Worker) ([]registry.Worker, error) {
	params, err := c.client.Params(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]registry.Worker, len(rows))
	for i, row := range rows {
		for _, said := range params.Workers {
			w, err := registry.DecodeWorker(said.Registration)
			if err == nil && w.ID() == row.ID && w.SealKey == row.SealKey && w.Operator == row.Operator {
				out[i] = *w
			}
		}
	}
	return out, nil
}

// Submit implements wallet.Chain.
func (c *Chain) Submit(ctx context.Context, tx []byte) error {
	_, err := c.client.Submit(ctx, tx)
	return err
}

// Blocks implements wallet.Chain: up to the height of the last Params.
func (c *Chain) Blocks(ctx context.Context, from uint64, yield func(*wallet.Block) error) error {
	if from > c.height {
		return nil
	}
	return c.client.CompactBlocks(ctx, from, c.height, func(in *nodev1.CompactBlock) error {
		b, err := decode(in)
		if err != nil {
			return err
		}
		return yield(b)
	})
}
