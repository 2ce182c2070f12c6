package wallet

import (
	"context"

	"github.com/nightjar/nightjar/circuit/action"
	protocol "github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/asset"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// Chain is what a wallet needs of the network.
type Chain interface {
	// Params returns the chain's newest records and roots, verified by a
	// header that the validators signed.
	Params(ctx context.Context) (Params, error)
	// Blocks calls yield for every block from height from up to that of the
	// last Params, in order, and stops at the first error. Nobody vouches for
	// them: the wallet holds them against the roots.
	Blocks(ctx context.Context, from uint64, yield func(*Block) error) error
	// Submit offers a transaction to the network. A refusal is a
	// rejection.Rejection; any other error says nothing of the transaction.
	Submit(ctx context.Context, tx []byte) error
}

// Prover makes the proof of an action. A prover that runs elsewhere learns the
// account's viewing of the action, and can't sign.
type Prover interface {
	Action(*action.Witness) ([protocol.ProofSize]byte, error)
	// Key returns the hash of the verifying key that the proofs hold under.
	Key() ([32]byte, error)
}

// Guard decides whether an order may be sealed to the epoch's key: it checks
// the evidence of the workers that hold it against measurements that the
// wallet's owner has pinned. There is no way past its refusal.
type Guard interface {
	Check(Params) error
}

// Store keeps the wallet's data (package store).
type Store interface {
	Save([]byte) error
	Load() ([]byte, bool, error)
}

// Params are the chain's records as of Height.
type Params struct {
	ChainID        string
	Development    bool
	Height         uint64
	Time           int64
	Roots          Roots // after block Height
	FeeAsset       uint32
	Fee            uint64 // flat fee of what is not a withdrawal
	AnchorInterval uint64 // k
	Anchors        uint64 // N_a
	Delay          uint64 // D
	Assets         []Asset
	Markets        []Market
	Epoch          Epoch
	BookSince      uint64            // the enclaves know no order that was placed before
	Workers        []registry.Worker // live registrations
	Circuits       []Circuits        // every version, the newest last
}

// Circuits is a version of the circuits as far as actions go.
type Circuits struct {
	Version uint8
	Key     [32]byte // hash of the Action circuit's verifying key
	Retired bool     // it takes withdrawals only, from the next block on
}

// Asset is an asset's record and what withdrawing it costs.
type Asset struct {
	asset.Record
	ExitFee uint64 // hub units of the asset itself
}

// Market is a market's record and its reference.
type Market struct {
	market.Record
	Reference market.Quote // zero if there is no valid one
}

// Epoch is whose key instructions are sealed to. Number 0 without a key says
// that there has been no epoch yet.
type Epoch struct {
	Number uint64
	Key    []byte
}

// Asset returns an asset by id (UNKNOWN_ASSET).
func (p Params) Asset(id uint32) (Asset, error) {
	for _, a := range p.Assets {
		if a.ID == id {
			return a, nil
		}
	}
	return Asset{}, rejection.New(rejection.UnknownAsset, "asset %d", id)
}

// Market returns a market by id (UNKNOWN_MARKET).
func (p Params) Market(id uint32) (Market, error) {
	for _, m := range p.Markets {
		if m.ID == id {
			return m, nil
		}
	}
	return Market{}, rejection.New(rejection.UnknownMarket, "market %d", id)
}

// terms returns the constants that scanning needs.
func (p Params) terms() Terms {
	return Terms{ChainID: p.ChainID, AnchorInterval: p.AnchorInterval, FeeAsset: p.FeeAsset}
}
