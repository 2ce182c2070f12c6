package world

import (
	"bytes"
	"crypto/ed25519"
	"math"
	"slices"

	"github.com/nightjar/nightjar/circuit/verify"
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/quorum"
)

// ChainID is the world's chain.
const ChainID = "nightjar-sim"

// The world's assets. KSM and BTC are the bases of the two markets, USD is
// what both are paid in and HUB what flat fees are paid in.
const (
	HUB uint32 = 1
	KSM uint32 = 2
	USD uint32 = 3
	BTC uint32 = 4
)

// ExternalChain holds the reserves of all assets.
const ExternalChain uint32 = 7

// SupplyOfHUB is the cap of HUB's supply, which one deposit can reach.
const SupplyOfHUB uint64 = 1_000_000_000

// The fees: flat, and of any asset's withdrawal.
const (
	Fee     = 5
	ExitFee = 3
)

// The world's timing, in blocks.
const (
	Delay       = 2 // D
	LockBlocks  = 6 // T
	ExitBlocks  = 8 // W
	RestBlocks  = 2 // w
	DeadBlocks  = 40
	AnchorBlock = 2 // k
	AnchorSpan  = 600
)

// Quorum is how many operators must sign.
const Quorum = 2

// The two markets. One lot of KSM is 1000 hub units and trades around 1000
// hub units of USD, so that legs in one could be mistaken for legs in the
// other.
var (
	KSMUSD = ledger.Market{ID: 0, Base: KSM, Quote: USD, LotSize: 1000, Tick: 4, FeeBp: 10, Collar: 500, MinQty: 1, Halt: 500}
	BTCUSD = ledger.Market{ID: 1, Base: BTC, Quote: USD, LotSize: 1000, Tick: 4, FeeBp: 10, Collar: 500, MinQty: 1, Halt: 500}
)

// The reference of both markets, in the middle of a quote.
const Reference = 1000

func (w *World) makeGenesis(keys verify.Keys) *ledger.Genesis {
	asset := func(id uint32, symbol string) ledger.GenesisAsset {
		return ledger.GenesisAsset{
			ID: id, Symbol: symbol, Decimals: 3, ExternalDecimals: 3, Chain: ExternalChain, Test: true,
			MaxExitFee: 10, ExitFee: ExitFee, MinDeposit: 1, MaxDeposit: 1_000_000_000, MaxSupply: 1 << 60,
		}
	}
	g := &ledger.Genesis{
		ChainID: ChainID, Time: 1_700_000_000, Development: true,
		AllowSimulated: true, SimulatedRoot: public(w.root),
		Measurements: []ledger.GenesisMeasurement{{Provider: "SIMULATED", Digest: image[:]}},
		Operators:    publics(w.Operators),
		Signers:      ledger.Signers{Threshold: 2, Keys: publics(w.Signers)},
		Keys:         ledger.DevelopmentKeys(keys),
		Treasury:     ledger.Address{Address: w.Treasury.Address()},
		FeeAsset:     HUB, Fee: Fee,
		Assets:  []ledger.GenesisAsset{asset(HUB, "HUB"), asset(KSM, "KSM"), asset(USD, "USD"), asset(BTC, "BTC")},
		Markets: []ledger.Market{KSMUSD, BTCUSD},
		Params: ledger.Params{
			LockBlocks: LockBlocks, ExitBlocks: ExitBlocks, RestBlocks: RestBlocks,
			EpochBlocks: 10, EpochGrace: 60, Quorum: Quorum, DeadBlocks: DeadBlocks,
			StaleBlocks: 5000, HeartbeatBlocks: 5, WorkerBlocks: 5000, AnswerBlocks: 10, SuspendBlocks: 50,
		},
		Constants: ledger.Constants{
			ExecutionDelay: Delay, AnchorInterval: AnchorBlock, Anchors: AnchorSpan / AnchorBlock,
			GovernanceDelay: 3, FeeInterval: 5000, HeadWindow: 20, AuctionInterval: 1,
		},
		Bounds: ledger.Bounds{
			MaxFee: 20, MaxExitFee: 10, MaxLockBlocks: 10, MinExitBlocks: 8,
			MinRestBlocks: 2, MaxRestBlocks: 4, MinEpochBlocks: 10, MinEpochGrace: 60, MinQuorum: 2, MinOverlap: 700,
		},
		Limits: ledger.Limits{
			BlockBytes: 4 << 20, BlockProofs: 64, BlockActions: 32, BlockOthers: 32,
			AuctionFills: 6, SizeClasses: []uint16{2, 3},
		},
	}
	g.Assets[0].MaxSupply = SupplyOfHUB
	// Of BTC, so that a total can be driven past it.
	g.Assets[3].MaxDeposit, g.Assets[3].MaxSupply = math.MaxUint64, math.MaxUint64
	for _, k := range publics(w.Validators) {
		g.Validators = append(g.Validators, ledger.Validator{Key: k, Power: 10})
	}
	return g
}

func public(k ed25519.PrivateKey) (out quorum.Key) {
	copy(out[:], k.Public().(ed25519.PublicKey))
	return out
}

// publics returns the public keys of keys, which ascend as in a genesis.
func publics(keys []ed25519.PrivateKey) (out []quorum.Key) {
	for _, k := range keys {
		out = append(out, public(k))
	}
	return out
}

// newKeys makes n keys in ascending order of their public halves.
func newKeys(name string, n int) (out []ed25519.PrivateKey) {
	for i := range n {
		out = append(out, NewKey(name, i))
	}
	slices.SortFunc(out, func(a, b ed25519.PrivateKey) int {
		return bytes.Compare(a.Public().(ed25519.PublicKey), b.Public().(ed25519.PublicKey))
	})
	return out
}

// NewKey makes the key with that name and number; anybody's name will do.
func NewKey(name string, i int) ed25519.PrivateKey {
	seed := hash("key", name, i)
	return ed25519.NewKeyFromSeed(seed[:])
}
