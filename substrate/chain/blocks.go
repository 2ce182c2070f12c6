package chain

import (
	"context"
	"errors"
	"fmt"

	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/header"
)

// MaxBlocks bounds the blocks of one call of Blocks.
const MaxBlocks = 1024

// MaxLook is how far back At looks: two days of blocks of 6 s.
const MaxLook = 1 << 15

// Blocks returns the final blocks with the numbers from to to, ascending. Going
// further back than the Reader has been asks a node for every header between,
// once. NOT_FINAL: to is past the finalised block; OUT_OF_RANGE: more than
// MaxBlocks, or more than 2^20 blocks back.
func (r *Reader) Blocks(ctx context.Context, from, to uint32) ([]Block, error) {
	if from > to || to-from >= MaxBlocks {
		return nil, rejection.New(rejection.OutOfRange, "blocks %d to %d in one call", from, to)
	}
	final, ok := r.Finalised()
	if !ok || to > final.Number {
		return nil, rejection.New(rejection.NotFinal, "block %d", to)
	}
	if err := r.reach(ctx, from); err != nil {
		return nil, err
	}
	out := make([]Block, 0, to-from+1)
	for n := uint64(from); n <= uint64(to); n++ { // to may be the last number of all
		b, err := r.block(ctx, uint32(n))
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}

// block returns a block whose hash is known.
func (r *Reader) block(ctx context.Context, number uint32) (Block, error) {
	r.mu.Lock()
	hash, ok := r.index.hash(number)
	b, recent := r.index.recent[hash]
	r.mu.Unlock()
	switch {
	case !ok:
		return Block{}, fmt.Errorf("block %d is not known any more", number)
	case recent:
		return b, nil
	}
	return ask(ctx, r.main, func(n Node) (Block, error) { return headerOf(ctx, n, hash) })
}

// reach makes the index begin at number or before it.
func (r *Reader) reach(ctx context.Context, number uint32) error {
	r.mu.Lock()
	first, room, floor := r.index.first, maxIndex-len(r.index.hashes), r.index.floor
	r.mu.Unlock()
	if number >= first {
		return nil
	}
	if first-number > uint32(room) {
		return rejection.New(rejection.OutOfRange, "block %d is more than %d blocks back", number, maxIndex)
	}
	lowest, err := r.block(ctx, first)
	if err != nil {
		return err
	}
	// A node that stops serving on the way does not undo what others gave: each
	// hash found so far is that of a final block.
	var descending []header.Hash
	hash := lowest.Parent // the next to find
	_, err = ask(ctx, r.main, func(n Node) (struct{}, error) {
		for len(descending) < int(first-number) {
			b, err := headerOf(ctx, n, hash)
			if err != nil {
				return struct{}{}, err
			}
			if floor != nil && b.Number == floor.Number && hash != floor.Hash {
				return struct{}{}, rejection.New(rejection.OtherChain, "block %d is %v, and %v was final", b.Number, hash, floor.Hash)
			}
			descending = append(descending, hash)
			hash = b.Parent
		}
		return struct{}{}, nil
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.index.first == first { // nobody was faster
		r.index.prepend(descending)
	}
	return err
}

// At returns the final block with a hash, among the last MaxLook ones.
// NOT_FINAL: it is not on the final chain, or no node knows it; OUT_OF_RANGE:
// it is older.
func (r *Reader) At(ctx context.Context, hash header.Hash) (Block, error) {
	r.mu.Lock()
	known, ok := r.index.recent[hash]
	r.mu.Unlock()
	if ok { // whatever nodes have to say of it now
		return known, nil
	}
	final, ok := r.Finalised()
	if !ok {
		return Block{}, rejection.New(rejection.NotFinal, "block %v", hash)
	}
	var all error
	for _, n := range r.main.nodes {
		h, ok, err := n.Header(ctx, hash)
		if err != nil {
			all = errors.Join(all, fmt.Errorf("%s: %w", n.Host(), err))
			continue
		}
		if !ok {
			continue
		}
		b, err := check(h, hash)
		if err != nil {
			r.config.Report(n.Host(), err)
			all = errors.Join(all, fmt.Errorf("%s: %w", n.Host(), err))
			continue
		}
		if b.Number > final.Number {
			return Block{}, rejection.New(rejection.NotFinal, "block %d", b.Number)
		}
		if final.Number-b.Number > MaxLook {
			return Block{}, rejection.New(rejection.OutOfRange, "block %d is more than %d blocks back", b.Number, MaxLook)
		}
		on, err := r.Blocks(ctx, b.Number, b.Number)
		if err != nil {
			return Block{}, err
		}
		if on[0].Hash != hash {
			return Block{}, rejection.New(rejection.NotFinal, "block %d is %v", b.Number, on[0].Hash)
		}
		return b, nil
	}
	if all != nil {
		return Block{}, all
	}
	return Block{}, rejection.New(rejection.NotFinal, "no node knows block %v", hash)
}
