package chain

import (
	"context"

	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/header"
	"github.com/nightjar/nightjar/substrate/light"
	"github.com/nightjar/nightjar/substrate/storage"
)

// maxFetched bounds the headers kept of steps that failed: two weeks of blocks
// of 6 s, about 100 MB.
const maxFetched = 200_000

// parachain reads the parachain's head in a final block of the relay chain and
// returns the blocks after final up to it, ascending: each is the parent of
// the next, down to final itself. Without final it is the head alone.
func (r *Reader) parachain(ctx context.Context, relay Block, final *Block) ([]Block, error) {
	head, err := ask(ctx, r.relay, func(n Node) (Block, error) {
		nodes, err := n.ReadProof(ctx, [][]byte{storage.ParaHead(r.config.Para)}, relay.Hash)
		if err != nil {
			return Block{}, err
		}
		h, err := light.ParaHead(relay.Header, nodes, r.config.Para)
		return Block{Header: h, Hash: h.Hash()}, err
	})
	if err != nil {
		return nil, err
	}
	if final == nil {
		return []Block{head}, nil
	}
	if head.Number < final.Number || head.Number == final.Number && head.Hash != final.Hash {
		return nil, rejection.New(rejection.ParaFork, "block %d %v is final, and now block %d %v", final.Number, final.Hash, head.Number, head.Hash)
	}
	if head.Number == final.Number {
		return nil, nil
	}
	if r.fetched == nil || len(r.fetched) > maxFetched {
		r.fetched = make(map[header.Hash]Block)
	}
	r.fetched[head.Hash] = head
	blocks, err := ask(ctx, r.main, func(n Node) ([]Block, error) {
		blocks, err := walk(head.Block(), final.Number, func(h header.Hash) (Block, error) {
			if b, ok := r.fetched[h]; ok {
				return b, nil
			}
			b, err := headerOf(ctx, n, h)
			if err == nil {
				r.fetched[h] = b
			}
			return b, err
		})
		if err == nil && blocks[0].Parent != final.Hash {
			err = rejection.New(rejection.ParaFork, "block %d is the child of %v, and %v is final", blocks[0].Number, blocks[0].Parent, final.Hash)
		}
		return blocks, err
	})
	if err == nil {
		r.fetched = nil
	}
	return blocks, err
}
