package home

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"

	"github.com/nightjar/nightjar/client"
	"github.com/nightjar/nightjar/gateway/kusama"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/chain"
	"github.com/nightjar/nightjar/substrate/light"
	"github.com/nightjar/nightjar/substrate/rpc"
)

// Init makes a home: the configuration, completed with what a node of the
// external chain says of itself (first block, address prefix, runtime), and the
// genesis. Nothing that is there is overwritten. What the node said is in the
// file for the operator to compare.
func Init(ctx context.Context, h Home, c Config, genesis []byte) (Config, error) {
	if _, err := client.ParseGenesis(genesis); err != nil {
		return c, err
	}
	if len(c.Chain.Nodes) == 0 {
		return c, rejection.New(rejection.BadFlag, "a node of the external chain is needed")
	}
	n, err := rpc.New(c.Chain.Nodes[0])
	if err != nil {
		return c, err
	}
	if c.Chain.Genesis == "" {
		first, ok, err := n.BlockHash(ctx, 0)
		if err != nil || !ok {
			return c, errors.Join(errors.New("the external chain's node does not tell its first block"), err)
		}
		c.Chain.Genesis = hex.EncodeToString(first[:])
	}
	properties, err := n.Properties(ctx)
	if err != nil {
		return c, err
	}
	c.Chain.Prefix = uint16(properties.Prefix)
	r, err := RuntimeOf(ctx, c.Chain.Nodes[0])
	if err != nil {
		return c, err
	}
	c.Runtimes = []Runtime{r}
	if err := c.Validate(); err != nil {
		return c, err
	}
	text, err := c.Text()
	if err != nil {
		return c, err
	}
	if err := os.MkdirAll(h.Data(), 0o700); err != nil {
		return c, fmt.Errorf("make the home: %w", err)
	}
	if err := writeNew(h.Config(), text); err != nil {
		return c, err
	}
	return c, writeNew(h.Genesis(), genesis)
}

// RuntimeOf returns the runtime that a node of the external chain has now, as
// the configuration accepts it. It is the node's word.
func RuntimeOf(ctx context.Context, node string) (Runtime, error) {
	n, err := rpc.New(node)
	if err != nil {
		return Runtime{}, err
	}
	head, err := n.FinalizedHead(ctx)
	if err != nil {
		return Runtime{}, err
	}
	b, err := n.Metadata(ctx, head)
	if err != nil {
		return Runtime{}, err
	}
	r, err := kusama.Describe(b)
	return Runtime{r.SpecName, r.SpecVersion, r.TransactionVersion, hex.EncodeToString(r.Metadata[:])}, err
}

// MakeCheckpoint writes the operator's checkpoint: the newest finalised block of
// the chain that has the finality, as its first node says. What it says has to be
// compared with somebody else's word.
func MakeCheckpoint(ctx context.Context, h Home, c Config) (light.State, error) {
	urls := c.Chain.Nodes
	if c.Chain.Para != 0 {
		urls = c.Chain.Relay
	}
	n, err := rpc.New(urls[0])
	if err != nil {
		return light.State{}, err
	}
	head, err := n.FinalizedHead(ctx)
	if err != nil {
		return light.State{}, err
	}
	s, err := chain.Trust(ctx, n, head)
	if err != nil {
		return light.State{}, err
	}
	return s, writeNew(h.path(c.Chain.Checkpoint), s.Encode())
}

// Digest is what operators compare of a checkpoint: SHA-256 of its file.
func Digest(s light.State) string {
	h := sha256.Sum256(s.Encode())
	return hex.EncodeToString(h[:])
}
