package kusama

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/nightjar/nightjar/gateway"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/chain"
	"github.com/nightjar/nightjar/substrate/header"
	"github.com/nightjar/nightjar/substrate/metadata"
	"github.com/nightjar/nightjar/substrate/storage"
	"github.com/nightjar/nightjar/vault"
)

// Head implements gateway.Adapter.
func (a *Adapter) Head(ctx context.Context) (vault.Cursor, error) {
	for more := true; more; {
		var err error
		if more, err = a.config.Chain.Sync(ctx); err != nil {
			return vault.Cursor{}, err
		}
	}
	b, ok := a.config.Chain.Finalised()
	if !ok {
		return vault.Cursor{}, errNothingFinal
	}
	return vault.Cursor{Number: uint64(b.Number), Hash: b.Hash}, nil
}

// Next implements gateway.Adapter. It looks for later final blocks itself when
// it has told all that it knows.
func (a *Adapter) Next(ctx context.Context, after vault.Cursor, watch gateway.Watch) (gateway.Scan, bool, error) {
	if after.Number >= math.MaxUint32 {
		return gateway.Scan{}, false, rejection.New(rejection.FinalityBroken, "a cursor at block %d", after.Number)
	}
	final, ok := a.config.Chain.Finalised()
	for more := true; more && (!ok || uint64(final.Number) <= after.Number); {
		var err error
		if more, err = a.config.Chain.Sync(ctx); err != nil {
			return gateway.Scan{}, false, err
		}
		final, ok = a.config.Chain.Finalised()
	}
	switch {
	case !ok:
		return gateway.Scan{}, false, nil
	case uint64(final.Number) == after.Number && final.Hash != after.Hash:
		return gateway.Scan{}, false, broken(after)
	case uint64(final.Number) <= after.Number:
		return gateway.Scan{}, false, nil
	}
	number := uint32(after.Number) + 1
	blocks, err := a.config.Chain.Blocks(ctx, number, number)
	if err != nil {
		return gateway.Scan{}, false, err
	}
	if blocks[0].Parent != after.Hash {
		return gateway.Scan{}, false, broken(after)
	}
	s, err := a.scan(ctx, blocks[0], watch)
	if err != nil {
		return gateway.Scan{}, false, err
	}
	if number == final.Number {
		// The last one that is known; whether it is the last one only nodes can say.
		more, err := a.config.Chain.Sync(ctx)
		s.Latest = !more && err == nil
	}
	return s, true, nil
}

func broken(after vault.Cursor) error {
	return rejection.New(rejection.FinalityBroken, "block %d was %v, and is not on the final chain", after.Number, header.Hash(after.Hash))
}

// Look implements gateway.Adapter.
func (a *Adapter) Look(ctx context.Context, hash [32]byte, watch gateway.Watch) (gateway.Scan, bool, error) {
	b, err := a.config.Chain.At(ctx, hash)
	if errors.Is(err, rejection.NotFinal) {
		return gateway.Scan{}, false, nil
	}
	if err != nil {
		return gateway.Scan{}, false, err
	}
	s, err := a.scan(ctx, b, watch)
	return s, err == nil, err
}

// scan reads a final block and says what it means.
func (a *Adapter) scan(ctx context.Context, b chain.Block, watch gateway.Watch) (gateway.Scan, error) {
	_, m, rest, err := a.read(ctx, b, storage.Events())
	if err != nil {
		return gateway.Scan{}, err
	}
	events := []byte{0} // the entry's default: no events
	if rest[0].Present {
		events = rest[0].Data
	}
	extrinsics, err := a.config.Chain.Extrinsics(ctx, b)
	if err != nil {
		return gateway.Scan{}, err
	}
	return interpret(a.config.Number, a.network, proven{
		block: header.Block{Number: b.Number, Hash: b.Hash}, parent: b.Parent,
		metadata: m, events: events, extrinsics: extrinsics,
	}, watch)
}

// read returns proven values of a block's state, and the runtime that made the
// block, which one and the same proof names, with its metadata.
func (a *Adapter) read(ctx context.Context, b chain.Block, keys ...[]byte) (Runtime, *metadata.Metadata, []chain.Value, error) {
	values, err := a.config.Chain.Storage(ctx, b, append([][]byte{lastUpgrade()}, keys...)...)
	if err != nil {
		return Runtime{}, nil, nil, err
	}
	if !values[0].Present {
		// Only so in a chain's first block, which has no events.
		return Runtime{}, nil, nil, fmt.Errorf("block %d was made by no runtime", b.Number)
	}
	of, err := a.runtimes.of(values[0].Data)
	if err != nil {
		return Runtime{}, nil, nil, err
	}
	// The code that made a block is the one that its parent left. The block
	// itself may leave another.
	m, err := a.runtimes.metadata(ctx, of, b.Parent)
	return of, m, values[1:], err
}
