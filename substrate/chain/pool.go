package chain

import (
	"context"
	"errors"
	"fmt"

	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/header"
	"github.com/nightjar/nightjar/substrate/rpc"
	"github.com/nightjar/nightjar/substrate/scale"
)

// pool is the nodes of one chain.
type pool struct {
	nodes  []Node
	report func(host string, err error)
}

// ask returns what the first node gives that serves. If none does, the error
// is that of all; it is a rejection if one of them lied.
func ask[T any](ctx context.Context, p pool, f func(Node) (T, error)) (T, error) {
	var all error
	for _, n := range p.nodes {
		v, err := f(n)
		if err == nil {
			return v, nil
		}
		if ctx.Err() != nil {
			return v, ctx.Err() // the caller's doing, not the node's
		}
		p.report(n.Host(), err)
		all = errors.Join(all, fmt.Errorf("%s: %w", n.Host(), err))
	}
	var zero T
	return zero, all
}

// headerOf asks a node for the header of a block. The hash vouches for it.
func headerOf(ctx context.Context, n Node, hash header.Hash) (Block, error) {
	h, ok, err := n.Header(ctx, hash)
	if err != nil {
		return Block{}, err
	}
	if !ok {
		return Block{}, fmt.Errorf("the node does not know block %v", hash)
	}
	return check(h, hash)
}

// check makes a header of what a node says is one, if it hashes to hash.
func check(h rpc.Header, hash header.Hash) (Block, error) {
	b := Block{Hash: hash, Header: header.Header{
		Parent: h.Parent, Number: h.Number, StateRoot: h.StateRoot, ExtrinsicsRoot: h.ExtrinsicsRoot,
	}}
	for _, log := range h.Logs {
		r := scale.NewReader(log)
		item := header.ReadItem(r)
		if err := r.Done(); err != nil {
			return Block{}, rejection.New(rejection.WrongHeader, "block %v: %v", hash, err)
		}
		b.Digest = append(b.Digest, item)
	}
	if b.Header.Hash() != hash {
		return Block{}, rejection.New(rejection.WrongHeader, "asked for block %v, told block %v", hash, b.Header.Hash())
	}
	return b, nil
}
