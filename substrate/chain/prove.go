package chain

import (
	"bytes"
	"context"
	"errors"

	"github.com/nightjar/nightjar/substrate/header"
	"github.com/nightjar/nightjar/substrate/rpc"
	"github.com/nightjar/nightjar/substrate/trie"
)

// lister is a node that lists keys; *rpc.Client is one.
type lister interface {
	Keys(ctx context.Context, prefix []byte, count uint32, after []byte) ([][]byte, error)
}

// prove asks a node for the nodes of the trie that answer keys in the state
// after b, and opens them as a proof under its state root.
//
// gossamer refuses to prove what is not there. The nodes that show it are
// those on the way to the key next to it, though: then it is asked for that.
func prove(ctx context.Context, n Node, b Block, keys [][]byte) (trie.Proof, error) {
	nodes, err := n.ReadProof(ctx, keys, b.Hash)
	var refused *rpc.Refused
	if l, ok := n.(lister); ok && errors.As(err, &refused) {
		nodes, err = nil, nil
		for _, key := range keys {
			more, err := n.ReadProof(ctx, [][]byte{key}, b.Hash)
			if errors.As(err, &refused) {
				more, err = beside(ctx, n, l, key, b.Hash)
			}
			if err != nil {
				return trie.Proof{}, err
			}
			nodes = append(nodes, more...)
		}
	}
	if err != nil {
		return trie.Proof{}, err
	}
	return trie.Open(b.StateRoot, nodes)
}

// beside returns a proof of the key that shares most with one that is not
// there: the node at which the two ways part has no child for the latter. The
// keys are the newest block's and may be others at this one; what comes of that
// is a proof that proves nothing, never a wrong one.
func beside(ctx context.Context, n Node, l lister, key []byte, at header.Hash) ([][]byte, error) {
	// The longest prefix in whole bytes that any key has.
	low, high := 0, len(key)
	first := func(prefix, after []byte) ([]byte, error) {
		found, err := l.Keys(ctx, prefix, 1, after)
		if err != nil || len(found) == 0 || !bytes.HasPrefix(found[0], prefix) {
			return nil, err
		}
		return found[0], nil
	}
	neighbour, err := first(nil, nil)
	if err != nil {
		return nil, err
	}
	for low < high {
		middle := (low + high + 1) / 2
		found, err := first(key[:middle], nil)
		switch {
		case err != nil:
			return nil, err
		case found != nil:
			low, neighbour = middle, found
		default:
			high = middle - 1
		}
	}
	// Half a byte more, if any key has it.
	if low < len(key) {
		half := append(bytes.Clone(key[:low]), key[low]&0xf0)
		found, err := first(key[:low], half)
		if err != nil {
			return nil, err
		}
		if found != nil && len(found) > low && found[low]&0xf0 == half[low] {
			neighbour = found
		}
	}
	return n.ReadProof(ctx, [][]byte{neighbour}, at)
}
