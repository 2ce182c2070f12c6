package chaintest

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	cmted "github.com/cometbft/cometbft/crypto/ed25519"
	cmtversion "github.com/cometbft/cometbft/proto/tendermint/version"
	"github.com/cometbft/cometbft/types"

	"github.com/nightjar/nightjar/attestation"
	"github.com/nightjar/nightjar/circuit/circuittest"
	"github.com/nightjar/nightjar/enclave/boundary"
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/oracle"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/registry"
)

// What there is to trade.
const (
	Hub    = uint32(1) // quote, and the fee asset
	Coin   = uint32(2) // base
	Market = uint32(5)
	Price  = uint64(100) // the middle of the validator's quote
)

func privateKey(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(name))
	return ed25519.NewKeyFromSeed(seed[:])
}

// PublicKey returns the public half.
func PublicKey(k ed25519.PrivateKey) (out quorum.Key) {
	copy(out[:], k.Public().(ed25519.PublicKey))
	return out
}

var (
	validator = privateKey("validator")
	signer    = privateKey("signer")
	simulator = privateKey("simulator")
	image     = [48]byte{7}
)

// Operator returns the key of one of the three operators.
func Operator(i int) ed25519.PrivateKey { return privateKey(fmt.Sprint("operator", i)) }

// Device is a simulated machine.
type Device struct{ Platform registry.Platform }

// Kind implements tee.Provider.
func (Device) Kind() registry.Provider { return registry.Simulated }

// Evidence implements tee.Provider.
func (d Device) Evidence(report [64]byte) ([]byte, error) {
	return attestation.Simulate(simulator, image, d.Platform, report), nil
}

// Genesis is a chain of one validator and three operators: T = 16, W = 8,
// w = 4, D = 2, k = 4, q = 2, L_dead = 24, k_h = 8, epochs of 40 blocks.
func Genesis() *ledger.Genesis {
	g := &ledger.Genesis{
		ChainID: "worker-test", Time: 1000, Development: true, AllowSimulated: true, SimulatedRoot: PublicKey(simulator),
		Measurements: []ledger.GenesisMeasurement{{Provider: "SIMULATED", Digest: image[:]}},
		Validators:   []ledger.Validator{{Key: PublicKey(validator), Power: 1}},
		Signers:      ledger.Signers{Threshold: 1, Keys: []quorum.Key{PublicKey(signer)}},
		Keys:         ledger.DevelopmentKeys(toys().Keys()),
		Treasury:     ledger.Address{Address: keys.Derive([]byte("treasury"), 0).Viewing().Address(0)},
		FeeAsset:     Hub, Fee: 10,
		Assets: []ledger.GenesisAsset{
			{ID: Hub, Symbol: "HUB", Decimals: 6, ExternalDecimals: 6, Chain: 1, Test: true, MaxExitFee: 50, ExitFee: 20, MinDeposit: 1, MaxDeposit: 1 << 40, MaxSupply: 1 << 50},
			{ID: Coin, Symbol: "COIN", Decimals: 8, ExternalDecimals: 8, Chain: 2, Test: true, MaxExitFee: 9, ExitFee: 3, MinDeposit: 1, MaxDeposit: 1 << 40, MaxSupply: 1 << 50},
		},
		Markets: []ledger.Market{{ID: Market, Base: Coin, Quote: Hub, LotSize: 1000, Tick: 2, FeeBp: 5, Collar: 500, MinQty: 1, Halt: 200}},
		Params: ledger.Params{LockBlocks: 16, ExitBlocks: 8, RestBlocks: 4, EpochBlocks: 40, EpochGrace: 60, Quorum: 2,
			DeadBlocks: 24, StaleBlocks: 10, HeartbeatBlocks: 8, WorkerBlocks: 1 << 20, AnswerBlocks: 16, SuspendBlocks: 40},
		Constants: ledger.Constants{ExecutionDelay: 2, AnchorInterval: 4, Anchors: 150, GovernanceDelay: 5, FeeInterval: 16, HeadWindow: 1000, AuctionInterval: 1},
		Bounds: ledger.Bounds{MaxFee: 100, MaxExitFee: 100, MaxLockBlocks: 20, MinExitBlocks: 8, MinRestBlocks: 4,
			MaxRestBlocks: 16, MinEpochBlocks: 10, MinEpochGrace: 60, MinQuorum: 1, MinOverlap: 620},
		Limits: ledger.Limits{BlockBytes: 1 << 22, BlockProofs: 400, BlockActions: 300, BlockOthers: 200, AuctionFills: 8, SizeClasses: []uint16{2, 4}},
	}
	for i := range 3 {
		g.Operators = append(g.Operators, PublicKey(Operator(i)))
	}
	slices.SortFunc(g.Operators, func(a, b quorum.Key) int { return bytes.Compare(a[:], b[:]) })
	return g
}

// toys are keys of no circuit: nobody here looks at proofs with them.
var toys = sync.OnceValue(func() circuittest.Trapdoors { return circuittest.NewTrapdoors("enclave") })

// Chain is a ledger under a consensus of one validator. Its methods fail the
// test where something should be impossible.
type Chain struct {
	testing.TB
	Genesis *ledger.Genesis
	State   *ledger.State
	Blocks  []*boundary.Block // from height 1
	Events  []ledger.Event    // of the newest block

	memory *ledger.Memory
	set    *types.ValidatorSet
	pool   [][]byte
	serial int
}

// New returns a chain at height 0.
func New(t testing.TB, g *ledger.Genesis, proofs ledger.Proofs) *Chain {
	t.Helper()
	first, err := ledger.Initial(g)
	if err != nil {
		t.Fatal(err)
	}
	c := &Chain{TB: t, Genesis: g, memory: ledger.NewMemory()}
	c.memory.Write(first.Delta)
	if c.State, err = ledger.Open(g, proofs, c.memory); err != nil {
		t.Fatal(err)
	}
	c.set = types.NewValidatorSet([]*types.Validator{types.NewValidator(cmted.PrivKey(validator).PubKey(), 1)})
	return c
}

// Height returns the newest block's.
func (c *Chain) Height() uint64 { return c.State.Head().Height }

// Submit puts a transaction into the pool. What the ledger refuses now is
// dropped, as a node does.
func (c *Chain) Submit(tx []byte) error {
	if _, err := c.State.Check(tx, c.now()); err != nil {
		return err
	}
	if !slices.ContainsFunc(c.pool, func(p []byte) bool { return bytes.Equal(p, tx) }) {
		c.pool = append(c.pool, tx)
	}
	return nil
}

func (c *Chain) now() int64 { return 1001 + int64(c.Height()) }

// Next makes the next block of what is in the pool.
func (c *Chain) Next() *boundary.Block {
	c.Helper()
	h := c.Height() + 1
	candidates := c.pool
	if h > 1 {
		candidates = append([][]byte{c.prices()}, c.pool...)
	}
	txs := c.State.Propose(c.now(), candidates)
	header, light := c.seal(h, txs)
	in := ledger.Block{Height: h, Time: header.Time.Unix(), Hash: [32]byte(header.Hash()), Txs: txs}
	result, err := c.State.Apply(in)
	if err != nil {
		c.Fatal(err)
	}
	c.memory.Write(result.Delta)
	c.State.Advance(result)
	c.Events = result.Events
	c.pool = slices.DeleteFunc(c.pool, func(tx []byte) bool {
		_, err := c.State.Check(tx, c.now())
		return err != nil
	})
	b := &boundary.Block{Light: light, Txs: txs}
	c.Blocks = append(c.Blocks, b)
	return b
}

// prices is the validator's vote of the block before.
func (c *Chain) prices() []byte {
	v := oracle.Vote{Validator: PublicKey(validator), Prices: []oracle.Price{{Market: Market, Bid: Price - 2, Ask: Price + 2}}}
	o := &oracle.Commit{Height: c.Height(), Round: 1}
	v.Signature = quorum.Sign(validator, v.SignBytes(c.Genesis.ChainID, o.Height, o.Round)).Signature
	o.Votes = []oracle.Vote{v}
	return o.Encode()
}

// seal makes the header and the commit of a block.
func (c *Chain) seal(height uint64, txs [][]byte) (*types.Header, []byte) {
	c.Helper()
	h := int64(height)
	parent, head := make([]byte, 32), c.State.Head()
	if height > 1 {
		parent = head.Hash[:]
	}
	header := &types.Header{
		Version: cmtversion.Consensus{Block: 11}, ChainID: c.Genesis.ChainID, Height: h, Time: time.Unix(c.now(), 0).UTC(),
		LastBlockID:    types.BlockID{Hash: parent, PartSetHeader: types.PartSetHeader{Total: 1, Hash: filler("parts", h-1)}},
		LastCommitHash: filler("commit", h), DataHash: types.ToTxs(txs).Hash(),
		ValidatorsHash: c.set.Hash(), NextValidatorsHash: c.set.Hash(),
		ConsensusHash: filler("consensus", 0), AppHash: head.AppHash[:], LastResultsHash: filler("results", 0),
		EvidenceHash: filler("evidence", 0), ProposerAddress: c.set.Validators[0].Address,
	}
	id := types.BlockID{Hash: header.Hash(), PartSetHeader: types.PartSetHeader{Total: 1, Hash: filler("parts", h)}}
	vote := &types.Vote{Type: 2, Height: h, BlockID: id, Timestamp: header.Time, ValidatorAddress: c.set.Validators[0].Address}
	pb := vote.ToProto()
	if err := types.NewMockPVWithParams(cmted.PrivKey(validator), false, false).SignVote(c.Genesis.ChainID, pb); err != nil {
		c.Fatal(err)
	}
	commit := &types.Commit{Height: h, BlockID: id, Signatures: []types.CommitSig{{
		BlockIDFlag: types.BlockIDFlagCommit, ValidatorAddress: vote.ValidatorAddress, Timestamp: header.Time, Signature: pb.Signature}}}
	light, err := (&types.LightBlock{SignedHeader: &types.SignedHeader{Header: header, Commit: commit}, ValidatorSet: c.set}).ToProto()
	if err != nil {
		c.Fatal(err)
	}
	raw, err := light.Marshal()
	if err != nil {
		c.Fatal(err)
	}
	return header, raw
}

func filler(what string, n int64) []byte {
	h := sha256.Sum256(fmt.Appendf(nil, "%s %d", what, n))
	return h[:]
}

// Fresh returns an element never returned before.
func (c *Chain) Fresh() field.Element {
	c.serial++
	return field.FromHash("test", []byte(fmt.Sprint(c.serial)))
}
