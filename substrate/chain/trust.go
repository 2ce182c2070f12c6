package chain

import (
	"bytes"
	"context"
	"fmt"

	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/grandpa"
	"github.com/nightjar/nightjar/substrate/header"
	"github.com/nightjar/nightjar/substrate/light"
	"github.com/nightjar/nightjar/substrate/rpc"
	"github.com/nightjar/nightjar/substrate/scale"
	"github.com/nightjar/nightjar/substrate/storage"
)

// Caller is a node that also runs functions of the runtime; *rpc.Client is one.
type Caller interface {
	Node
	Call(ctx context.Context, function string, argument []byte, at rpc.Hash) ([]byte, error)
}

// Trust makes a checkpoint at a block of a chain with finality, out of what one
// node says. Three things are the node's word alone and have to be compared
// with somebody else's before money depends on them: that the block is final
// on the chain that is meant, who its authorities are, and the number of their
// set. That the header is the hash's, and that no change is pending, is
// proven.
func Trust(ctx context.Context, n Caller, hash header.Hash) (light.State, error) {
	b, err := headerOf(ctx, n, hash)
	if err != nil {
		return light.State{}, err
	}
	key := storage.Prefix("Grandpa", "PendingChange")
	p, err := prove(ctx, n, b, [][]byte{key})
	if err != nil {
		return light.State{}, err
	}
	_, pending, err := p.Lookup(key)
	if err != nil {
		return light.State{}, err
	}
	if pending {
		return light.State{}, rejection.New(rejection.BadCheckpoint, "a change of the authorities is pending at block %d; use a later one", b.Number)
	}
	var s light.State
	s.Finalised = b.Block()
	list, err := n.Call(ctx, "GrandpaApi_grandpa_authorities", nil, hash)
	if err != nil {
		return light.State{}, err
	}
	r := scale.NewReader(list)
	s.Set.Authorities = grandpa.ReadAuthorities(r)
	if err := r.Done(); err != nil {
		return light.State{}, fmt.Errorf("the node's authorities: %w", err)
	}
	id, err := n.Call(ctx, "GrandpaApi_current_set_id", nil, hash)
	if err != nil {
		return light.State{}, err
	}
	r = scale.NewReader(id)
	s.Set.ID = r.U64()
	if err := r.Done(); err != nil {
		return light.State{}, fmt.Errorf("the node's number of the set: %w", err)
	}
	return light.Decode(s.Encode())
}

// Agree asks another node for the same checkpoint: BAD_CHECKPOINT if it says
// anything else.
func Agree(ctx context.Context, n Caller, s light.State) error {
	other, err := Trust(ctx, n, s.Finalised.Hash)
	if err != nil {
		return err
	}
	if !bytes.Equal(other.Encode(), s.Encode()) {
		return rejection.New(rejection.BadCheckpoint, "%s says that block %v has other authorities or another number", n.Host(), s.Finalised.Hash)
	}
	return nil
}
