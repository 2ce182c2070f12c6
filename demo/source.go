package demo

import (
	"context"

	nodev1 "github.com/nightjar/nightjar/api/node/v1"
	"github.com/nightjar/nightjar/audit"
	"github.com/nightjar/nightjar/client"
)

// blocks is a node's raw blocks as an audit.Source.
type blocks struct{ client *client.Client }

// Source returns a node's raw blocks for an audit.
func Source(c *client.Client) audit.Source { return blocks{c} }

// Blocks implements audit.Source.
func (b blocks) Blocks(ctx context.Context, from, to uint64, yield func([]byte, [][]byte) error) error {
	return b.client.RawBlocks(ctx, from, to, func(raw *nodev1.RawBlock) error {
		return yield(raw.LightBlock, raw.Txs)
	})
}
