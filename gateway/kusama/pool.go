package kusama

import (
	"context"
	"errors"
	"fmt"

	"github.com/nightjar/nightjar/substrate/rpc"
)

// Node is one node, for what cannot be proven: metadata, whose hash was
// accepted; weights and fees, which are guesses with a limit; and the pool,
// which may lose what it is given. *rpc.Client is one.
type Node interface {
	Host() string
	FinalizedHead(ctx context.Context) (rpc.Hash, error)
	Metadata(ctx context.Context, at rpc.Hash) ([]byte, error)
	Fee(ctx context.Context, extrinsic []byte, at rpc.Hash) (rpc.Fee, error)
	Submit(ctx context.Context, extrinsic []byte) (rpc.Hash, error)
}

// pool is the nodes of the chain, asked in turn.
type pool struct {
	nodes  []Node
	report func(host string, err error)
}

// ask returns what the first node gives that serves, or the errors of all.
func ask[T any](ctx context.Context, p pool, f func(Node) (T, error)) (T, error) {
	var zero T
	var all error
	for _, n := range p.nodes {
		v, err := f(n)
		if err == nil {
			return v, nil
		}
		if ctx.Err() != nil {
			return zero, ctx.Err() // the caller's doing, not the node's
		}
		p.report(n.Host(), err)
		all = errors.Join(all, fmt.Errorf("%s: %w", n.Host(), err))
	}
	return zero, all
}
