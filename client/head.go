package client

import (
	"context"
	"errors"
	"fmt"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"

	nodev1 "github.com/nightjar/nightjar/api/node/v1"
	"github.com/nightjar/nightjar/client/light"
)

// Trusted returns the newest verified header for a later New; nil if none was
// verified.
func (c *Client) Trusted() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.chain.Trusted()
}

// Head asks for the newest header and returns it verified.
func (c *Client) Head(ctx context.Context) (light.Head, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	encoded, err := c.LightBlock(ctx, 0)
	if err != nil {
		return light.Head{}, err
	}
	return c.trust(ctx, encoded)
}

// HeaderAt returns the header of a height, older than the newest or not,
// verified from the genesis on: anchors on other chains are held against it.
func (c *Client) HeaderAt(ctx context.Context, height uint64) (light.Head, error) {
	chain, err := c.Chain(nil) // the one that follows the node never goes back
	if err != nil {
		return light.Head{}, err
	}
	encoded, err := c.LightBlock(ctx, height)
	if err != nil {
		return light.Head{}, err
	}
	if got, err := heightOf(encoded); err != nil || got != height {
		return light.Head{}, fmt.Errorf("%w: asked for height %d", light.ErrUntrusted, height)
	}
	if err := c.reach(ctx, chain, height, encoded); err != nil {
		return light.Head{}, err
	}
	return chain.Head(), nil
}

// LightBlock returns the node's encoded light block of a height, unverified;
// height 0 is the newest.
func (c *Client) LightBlock(ctx context.Context, height uint64) ([]byte, error) {
	res, err := call(ctx, c.rpc.LightBlock, &nodev1.LightBlockRequest{Height: height})
	if err != nil {
		return nil, err
	}
	return res.LightBlock, nil
}

// trust verifies a header and makes it the newest; c.mu is held.
func (c *Client) trust(ctx context.Context, encoded []byte) (light.Head, error) {
	height, err := heightOf(encoded)
	if err != nil {
		return light.Head{}, err
	}
	if err := c.reach(ctx, c.chain, height, encoded); err != nil {
		return light.Head{}, err
	}
	return c.chain.Head(), nil
}

// reach advances chain to a light block, through headers in between where the
// validators have changed too much.
func (c *Client) reach(ctx context.Context, chain *light.Chain, height uint64, encoded []byte) error {
	err := chain.Advance(encoded)
	for errors.Is(err, light.ErrTooFar) {
		middle := chain.Head().Height + (height-chain.Head().Height)/2
		between, fetchErr := c.LightBlock(ctx, middle)
		if fetchErr != nil {
			return fetchErr
		}
		if got, heightErr := heightOf(between); heightErr != nil || got != middle {
			return fmt.Errorf("%w: asked for height %d", light.ErrUntrusted, middle)
		}
		if err := c.reach(ctx, chain, middle, between); err != nil {
			return err
		}
		err = chain.Advance(encoded)
	}
	return err
}

func heightOf(encoded []byte) (uint64, error) {
	var pb cmtproto.LightBlock
	if err := pb.Unmarshal(encoded); err != nil || pb.SignedHeader.GetHeader() == nil || pb.SignedHeader.Header.Height <= 0 {
		return 0, fmt.Errorf("%w: not a light block", light.ErrUntrusted)
	}
	return uint64(pb.SignedHeader.Header.Height), nil
}
