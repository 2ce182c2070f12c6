package remote

import (
	"context"
	"time"

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

// The verified state is a block or two older than the node's word. If a worker
// has just been replaced, its registration is in the one and not in the other:
// a few blocks later they agree.
const (
	workerTries = 5
	workerPause = 250 * time.Millisecond
)

// Params returns the records of the newest verified state, and what Blocks
// will end at.
func (c *Chain) Params(ctx context.Context) (wallet.Params, error) {
	for try := 1; ; try++ {
		p, complete, err := c.read(ctx)
		if err != nil || complete || try == workerTries {
			return p, err
		}
		select {
		case <-time.After(workerPause):
		case <-ctx.Done():
			return p, ctx.Err()
		}
	}
}

// read is one try of Params; complete says that no worker's registration is
// missing.
func (c *Chain) read(ctx context.Context) (p wallet.Params, complete bool, err error) {
	view, err := c.client.View(ctx)
	if err != nil {
		return p, false, err
	}
	c.height = view.Height
	g := c.client.Genesis()
	anchor := view.Height - view.Height%g.AnchorInterval
	p = wallet.Params{
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
				out.Reference = r.Quote
			}
		}
		p.Markets = append(p.Markets, out)
	}
	for _, c := range view.Circuits {
		p.Circuits = append(p.Circuits, wallet.Circuits{
			Version: c.Version, Key: c.Action.Hash, Retired: c.Retires != 0 && c.Retires <= view.Height,
		})
	}
	if e, ok := view.Epoch(); ok {
		p.Epoch = wallet.Epoch{Number: e.Number, Key: e.SealKey[:]}
	}
	if len(view.Workers) == 0 {
		return p, true, nil
	}
	said, err := c.client.Params(ctx)
	if err != nil {
		return p, false, err
	}
	var registrations [][]byte
	for _, w := range said.Workers {
		registrations = append(registrations, w.Registration)
	}
	p.Workers, complete = workers(view.Workers, registrations)
	return p, complete, nil
}

// workers finds the registration of every verified worker: the node's word,
// believed as far as it fits the worker's row. A worker whose registration the
// node keeps back has no evidence here, and the wallet's Guard refuses it.
func workers(rows []state.Worker, registrations [][]byte) (out []registry.Worker, complete bool) {
	out, complete = make([]registry.Worker, len(rows)), true
	for i, row := range rows {
		found := false
		for _, said := range registrations {
			w, err := registry.DecodeWorker(said)
			if err == nil && w.ID() == row.ID && w.SealKey == row.SealKey && w.Operator == row.Operator {
				out[i], found = *w, true
			}
		}
		complete = complete && found
	}
	return out, complete
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
