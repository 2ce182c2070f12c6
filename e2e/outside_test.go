//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/nightjar/nightjar/e2e/gossamer"
	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/substrate/account"
	"github.com/nightjar/nightjar/substrate/extrinsic"
	"github.com/nightjar/nightjar/substrate/metadata"
	"github.com/nightjar/nightjar/substrate/rpc"
	"github.com/nightjar/nightjar/substrate/sr25519"
	"github.com/nightjar/nightjar/substrate/sr25519/devkey"
	"github.com/nightjar/nightjar/substrate/storage"
)

// The chain's token: what one has, and how much one is.
const (
	outsideDecimals = 12
	outsideUnit     = 1_000_000_000_000
)

// outsidePatience bounds every wait for the node. A block takes it 6 s and
// finality some blocks; now and then it skips one.
const outsidePatience = 10 * time.Minute

// outsideChain is a running Substrate node and its richest account, which pays
// depositors' money. The test believes the node: it is not under test, and what
// the product believes of it is.
type outsideChain struct {
	node    *gossamer.Node
	client  *rpc.Client
	runtime *extrinsic.Runtime
	alice   *sr25519.Key
	nonce   uint32
}

// startOutside starts a node with a new chain, which ends with the test.
func startOutside(ctx context.Context, t *testing.T, dir string) *outsideChain {
	t.Helper()
	build, err := gossamer.Build(ctx, ".", os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	o := new(outsideChain)
	if o.node, err = gossamer.Start(ctx, build, dir); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(o.node.Stop)
	if o.client, err = rpc.New(o.node.URL); err != nil {
		t.Fatal(err)
	}
	genesis, ok, err := o.client.BlockHash(ctx, 0)
	if err != nil || !ok {
		t.Fatal("genesis: ", err)
	}
	raw, err := o.client.Metadata(ctx, genesis)
	if err != nil {
		t.Fatal(err)
	}
	md, err := metadata.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	version, err := extrinsic.VersionOf(md)
	if err != nil {
		t.Fatal(err)
	}
	pin := extrinsic.Pin{SpecName: version.SpecName, TransactionVersion: version.TransactionVersion}
	if o.runtime, err = extrinsic.New(md, version, pin, genesis); err != nil {
		t.Fatal(err)
	}
	if o.alice, err = devkey.Of("Alice"); err != nil {
		t.Fatal(err)
	}
	await(ctx, t, "a final block of the other chain", outsidePatience, func(ctx context.Context) (bool, error) {
		n, _, err := o.finalized(ctx)
		return n > 0, err
	})
	return o
}

// finalized returns the newest block that the node calls final.
func (o *outsideChain) finalized(ctx context.Context) (uint32, rpc.Hash, error) {
	hash, err := o.client.FinalizedHead(ctx)
	if err != nil {
		return 0, hash, err
	}
	h, _, err := o.client.Header(ctx, hash)
	return h.Number, hash, err
}

// transfer is a call that sends an amount, in the chain's smallest unit.
func (o *outsideChain) transfer(t *testing.T, to account.ID, value uint64) extrinsic.Call {
	t.Helper()
	return o.call(t)(o.runtime.Transfer(to, amount.WideOf(value)))
}

// call unwraps a call that can't be refused.
func (o *outsideChain) call(t *testing.T) func(extrinsic.Call, error) extrinsic.Call {
	return func(c extrinsic.Call, err error) extrinsic.Call {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
}

// sent is an extrinsic that was submitted.
type sent struct {
	encoded []byte
	birth   uint32 // it is in no block up to this one
}

// submit submits a call of Alice's.
func (o *outsideChain) submit(ctx context.Context, t *testing.T, call extrinsic.Call) sent {
	t.Helper()
	birth, hash, err := o.finalized(ctx)
	if err != nil {
		t.Fatal(err)
	}
	era, err := extrinsic.NewEra(64, birth)
	if err != nil {
		t.Fatal(err)
	}
	draft, err := o.runtime.Draft(call, extrinsic.Terms{Signer: o.alice.Account(), Nonce: o.nonce, Era: era, Birth: hash})
	if err != nil {
		t.Fatal(err)
	}
	signature, err := o.alice.Sign(extrinsic.Digest(draft.Payload()))
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := draft.Sr25519(signature)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.client.Submit(ctx, encoded); err != nil {
		t.Fatal(err)
	}
	o.nonce++
	return sent{encoded, birth}
}

// included waits until an extrinsic is in a block, which need not be final, and
// returns the block's number.
func (o *outsideChain) included(ctx context.Context, t *testing.T, s sent) uint32 {
	t.Helper()
	next := s.birth + 1
	await(ctx, t, "a payment of the depositor's is in a block", outsidePatience, func(ctx context.Context) (bool, error) {
		for ; ; next++ {
			hash, ok, err := o.client.BlockHash(ctx, next)
			if err != nil || !ok {
				return false, err
			}
			b, ok, err := o.client.Block(ctx, hash)
			if err != nil || !ok {
				return false, err
			}
			if slices.ContainsFunc(b.Extrinsics, func(x []byte) bool { return bytes.Equal(x, s.encoded) }) {
				return true, nil
			}
		}
	})
	return next
}

// balance returns what an account has of the chain's token after a final block.
func (o *outsideChain) balance(ctx context.Context, t *testing.T, of account.ID) amount.Wide {
	t.Helper()
	_, at, err := o.finalized(ctx)
	if err != nil {
		t.Fatal(err)
	}
	value, ok, err := o.client.Storage(ctx, storage.Account(of), at)
	if err != nil {
		t.Fatal(err)
	}
	if !ok {
		return amount.Wide{}
	}
	info, err := storage.DecodeAccount(value)
	if err != nil {
		t.Fatal(err)
	}
	total, ok := info.Total()
	if !ok {
		t.Fatal("an account with 2^128")
	}
	return total
}
