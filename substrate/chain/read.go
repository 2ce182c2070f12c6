package chain

import (
	"context"
	"fmt"

	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/scale"
	"github.com/nightjar/nightjar/substrate/storage"
	"github.com/nightjar/nightjar/substrate/trie"
)

// Value is what a key has in a block's state.
type Value struct {
	Data    []byte
	Present bool // false: proven that there is none
}

// MaxKeys bounds the keys of one call of Storage.
const MaxKeys = 256

// Storage returns what keys have in the state after b, in their order, proven
// under its state root. b has to be one that this Reader returned.
func (r *Reader) Storage(ctx context.Context, b Block, keys ...[]byte) ([]Value, error) {
	if len(keys) == 0 || len(keys) > MaxKeys {
		return nil, rejection.New(rejection.OutOfRange, "%d keys in one call", len(keys))
	}
	return ask(ctx, r.main, func(n Node) ([]Value, error) {
		p, err := prove(ctx, n, b, keys)
		if err != nil {
			return nil, err
		}
		out := make([]Value, len(keys))
		for i, key := range keys {
			if out[i].Data, out[i].Present, err = p.Lookup(key); err != nil {
				return nil, err
			}
		}
		return out, nil
	})
}

// Events returns the encoded events of b, proven.
func (r *Reader) Events(ctx context.Context, b Block) ([]byte, error) {
	v, err := r.Storage(ctx, b, storage.Events())
	if err != nil {
		return nil, err
	}
	if !v[0].Present {
		return []byte{0}, nil // the entry's default: none
	}
	return v[0].Data, nil
}

// Runtime is the version of a chain's runtime.
type Runtime struct {
	Name string
	Spec uint32
}

// Runtime returns the version of the runtime that made b, proven. Which
// metadata goes with it is not: see spec/23, "Reader".
func (r *Reader) Runtime(ctx context.Context, b Block) (Runtime, error) {
	v, err := r.Storage(ctx, b, storage.Prefix("System", "LastRuntimeUpgrade"))
	if err != nil {
		return Runtime{}, err
	}
	if !v[0].Present {
		return Runtime{}, fmt.Errorf("block %d has no record of its runtime", b.Number)
	}
	s := scale.NewReader(v[0].Data)
	out := Runtime{Spec: s.CompactU32(), Name: s.Str()}
	return out, s.Done()
}

// MaxExtrinsics bounds what a node may say a block has: the smallest signed one
// has 100 bytes and a block at most 5 MiB, but empty ones would be had by the
// million, and each takes a node of the trie.
const MaxExtrinsics = 1 << 16

// Extrinsics returns the encoded extrinsics of b, proven under its extrinsics
// root: WRONG_BODY if they are others, OVERSIZED if more than MaxExtrinsics. A
// runtime's version says in which of the trie's two layouts that root is;
// either can only be met by the same list.
func (r *Reader) Extrinsics(ctx context.Context, b Block) ([][]byte, error) {
	return ask(ctx, r.main, func(n Node) ([][]byte, error) {
		body, ok, err := n.Block(ctx, b.Hash)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, fmt.Errorf("the node does not know block %v", b.Hash)
		}
		if len(body.Extrinsics) > MaxExtrinsics {
			return nil, rejection.New(rejection.Oversized, "block %d has %d extrinsics", b.Number, len(body.Extrinsics))
		}
		if trie.Root(trie.V0, body.Extrinsics) != b.ExtrinsicsRoot && trie.Root(trie.V1, body.Extrinsics) != b.ExtrinsicsRoot {
			return nil, rejection.New(rejection.WrongBody, "block %d", b.Number)
		}
		return body.Extrinsics, nil
	})
}
