package client

import (
	"context"
	"fmt"

	nodev1 "github.com/nightjar/nightjar/api/node/v1"
	"github.com/nightjar/nightjar/client/light"
)

// Chain returns a light client of its own for VerifiedBlocks, at a header that
// was trusted before (light.Chain's Trusted) or, with nil, at the genesis.
func (c *Client) Chain(trusted []byte) (*light.Chain, error) {
	if trusted == nil {
		return light.Start(c.genesis.ChainID, c.genesis.validators)
	}
	return light.Resume(c.genesis.ChainID, trusted)
}

// VerifiedBlocks calls yield with the header and all transactions of the
// blocks of heights from to to, in order, and moves chain along: what yield
// sees is what the validators signed, complete. From is after chain's height.
// An error of yield ends it.
func (c *Client) VerifiedBlocks(ctx context.Context, chain *light.Chain, from, to uint64, yield func(light.Head, [][]byte) error) error {
	if to == 0 || from > to {
		return fmt.Errorf("blocks %d to %d", from, to)
	}
	return c.RawBlocks(ctx, from, to, func(b *nodev1.RawBlock) error {
		height, err := heightOf(b.LightBlock)
		if err != nil {
			return err
		}
		if height != b.Height {
			return fmt.Errorf("%w: the light block of another height", light.ErrUntrusted)
		}
		if err := c.reach(ctx, chain, height, b.LightBlock); err != nil {
			return err
		}
		if err := chain.Head().VerifyTxs(b.Txs); err != nil {
			return err
		}
		return yield(chain.Head(), b.Txs)
	})
}
