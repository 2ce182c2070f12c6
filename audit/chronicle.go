package audit

import (
	"context"
	"fmt"

	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/ledger/chronicle"
	"github.com/nightjar/nightjar/replica"
)

// Chronicle checks the blocks 1 to `to` as Run does and returns what evidence
// about the enclaves is judged by; progress is called after each block.
func Chronicle(ctx context.Context, genesis []byte, source Source, to uint64, progress func(height uint64)) (*chronicle.Chronicle, error) {
	g, err := ledger.ParseGenesis(genesis)
	if err != nil {
		return nil, err
	}
	return read(ctx, g, ledger.Verifier{}, source, to, progress)
}

func read(ctx context.Context, g *ledger.Genesis, proofs ledger.Proofs, source Source, to uint64, progress func(height uint64)) (*chronicle.Chronicle, error) {
	r, err := replica.New(g, proofs)
	if err != nil {
		return nil, err
	}
	c := chronicle.New(g)
	err = source.Blocks(ctx, 1, to, func(lightBlock []byte, txs [][]byte) error {
		b, err := r.Apply(lightBlock, txs)
		if err != nil {
			return err
		}
		if err := c.Take(b.Txs, b.Events, r.State()); err != nil {
			return err
		}
		if progress != nil {
			progress(b.Height)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if h := r.State().Head().Height; h != to {
		return nil, fmt.Errorf("the blocks end at height %d, before %d", h, to)
	}
	return c, nil
}
