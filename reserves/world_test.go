package reserves

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"slices"
	"testing"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/asset"
	"github.com/nightjar/nightjar/protocol/external"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/state"
	"github.com/nightjar/nightjar/substrate/account"
	"github.com/nightjar/nightjar/substrate/chain"
	"github.com/nightjar/nightjar/substrate/header"
	"github.com/nightjar/nightjar/substrate/scale"
	"github.com/nightjar/nightjar/substrate/storage"
)

const (
	chainID = "nightjar-1"
	kusama  = uint32(2) // the number of the external chain
)

var network = external.NetworkOf(chainID)

func signer(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(name))
	return ed25519.NewKeyFromSeed(seed[:])
}

// signers makes a set; its keys ascend.
func signers(threshold uint8, names ...string) state.Signers {
	s := state.Signers{Threshold: threshold}
	for _, n := range names {
		s.Keys = append(s.Keys, quorum.Key(signer(n).Public().(ed25519.PublicKey)))
	}
	slices.SortFunc(s.Keys, func(a, b quorum.Key) int { return bytes.Compare(a[:], b[:]) })
	return s
}

func custodyOf(t testing.TB, s state.Signers) account.ID {
	t.Helper()
	ids := make([]account.ID, len(s.Keys))
	for i, k := range s.Keys {
		ids[i] = account.ID(k)
	}
	id, err := account.Multisig(uint16(s.Threshold), ids)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// ledger is a chain's state and bodies without a proof: these tests are about
// what is counted, and chain_test.go is about what is proven.
type ledger struct {
	values map[string][]byte
	bodies map[header.Hash][][]byte
	fault  error // what every question is answered with
	asked  [][]byte
}

func newLedger() *ledger {
	return &ledger{values: map[string][]byte{}, bodies: map[header.Hash][][]byte{}}
}

func (l *ledger) Storage(_ context.Context, _ chain.Block, keys ...[]byte) ([]chain.Value, error) {
	if l.fault != nil {
		return nil, l.fault
	}
	if len(keys) == 0 || len(keys) > chain.MaxKeys {
		return nil, errors.New("too many keys")
	}
	l.asked = append(l.asked, keys...)
	out := make([]chain.Value, len(keys))
	for i, k := range keys {
		out[i].Data, out[i].Present = l.values[string(k)]
	}
	return out, nil
}

func (l *ledger) At(_ context.Context, hash header.Hash) (chain.Block, error) {
	if l.fault != nil {
		return chain.Block{}, l.fault
	}
	if _, ok := l.bodies[hash]; !ok {
		return chain.Block{}, rejection.New(rejection.NotFinal, "block %v", hash)
	}
	return chain.Block{Header: header.Header{Number: 7}, Hash: hash}, nil
}

func (l *ledger) Extrinsics(_ context.Context, b chain.Block) ([][]byte, error) {
	return l.bodies[b.Hash], nil
}

// give sets what an account has of an asset.
func (l *ledger) give(name []byte, id account.ID, free, reserved uint64) {
	var w scale.Writer
	switch name[0] {
	case asset.Native:
		for range 4 {
			w.U32(1)
		}
		w.U128(amount.WideOf(free))
		w.U128(amount.WideOf(reserved))
		w.U128(amount.WideOf(free)) // all of it frozen, and nonetheless there
		w.U128(amount.Wide{Hi: 1 << 63})
		l.values[string(storage.Account(id))] = w.Bytes()
	case asset.Numbered, asset.Foreign:
		w.U128(amount.WideOf(free))
		w.U8(0)
		w.U8(0)
		pallet := "Assets"
		if name[0] == asset.Foreign {
			pallet = "ForeignAssets"
		}
		l.values[string(storage.AssetAccount(pallet, name[1:], id))] = w.Bytes()
	}
}

func record(id uint32, name ...byte) asset.Record {
	return asset.Record{ID: id, Symbol: "KSM", Decimals: 9, Chain: kusama, ExternalDecimals: 12, External: name}
}

// at is the final block whose state is read.
var at = chain.Block{Header: header.Header{Number: 100}, Hash: header.Hash{100}}
