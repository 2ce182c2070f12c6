package trade

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/nightjar/nightjar/attestation"
	"github.com/nightjar/nightjar/circuit/circuittest"
	"github.com/nightjar/nightjar/engine/epoch"
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/oracle"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/sealopen"
	"github.com/nightjar/nightjar/protocol/settlement"
	"github.com/nightjar/nightjar/protocol/transaction"
)

// The chain's fixed numbers. Every number of blocks is short, so that busts,
// exit windows and stale quotes are met often.
const (
	chainID    = "nightjar-trade"
	external   = 7 // the chain that holds the reserves
	delay      = 2 // D
	lockBlocks = 5 // T
	exitBlocks = 4 // W
	restBlocks = 2 // w
	interval   = 2 // of auctions
	flatFee    = 5
	exitFee    = 3
	validators = 4
	epochEvery = 150
	feeEvery   = 64
	hub        = uint32(1)
	dollar     = uint32(6)
)

// genesisMarkets are the four markets. One's quote is another's base.
func genesisMarkets() []ledger.Market {
	return []ledger.Market{
		{ID: 0, Base: 2, Quote: dollar, LotSize: 1000, Tick: 4, FeeBp: 10, Collar: 500, MinQty: 2, Halt: 200},
		{ID: 1, Base: 3, Quote: dollar, LotSize: 50, Tick: 1, FeeBp: 3, Collar: 200, MinQty: 1, Halt: 300},
		{ID: 5, Base: 4, Quote: dollar, LotSize: 7, Tick: 10, FeeBp: 0, Collar: 1000, MinQty: 5, Halt: 65535},
		{ID: 9, Base: 2, Quote: 3, LotSize: 1_000_000, Tick: 2, FeeBp: 25, Collar: order.NoBand, MinQty: 1, Halt: 1000},
	}
}

// mids are the markets' first references.
var mids = []uint64{40_000, 9_000, 100_000, 6_000}

// chain is the ledger and everybody who signs for it.
type chain struct {
	genesis *ledger.Genesis
	state   *ledger.State
	memory  *ledger.Memory

	validators, signers, operators, workers []ed25519.PrivateKey
	root                                    ed25519.PrivateKey
	treasury                                keys.ViewingKey

	secret  epoch.Secret // of the running epoch
	opener  *sealopen.Key
	sealKey []byte
}

func hashOf(parts ...any) [32]byte {
	return sha256.Sum256(fmt.Appendf(nil, "nightjar/trade %v", parts))
}

func newKeys(name string, n int) (out []ed25519.PrivateKey) {
	for i := range n {
		seed := hashOf("key", name, i)
		out = append(out, ed25519.NewKeyFromSeed(seed[:]))
	}
	slices.SortFunc(out, func(a, b ed25519.PrivateKey) int {
		x, y := public(a), public(b)
		return bytes.Compare(x[:], y[:])
	})
	return out
}

func public(k ed25519.PrivateKey) (out quorum.Key) {
	copy(out[:], k.Public().(ed25519.PublicKey))
	return out
}

func publics(list []ed25519.PrivateKey) (out []quorum.Key) {
	for _, k := range list {
		out = append(out, public(k))
	}
	return out
}

var image = func() (m [48]byte) { copy(m[:], "nightjar simulated enclave"); return m }()

// newChain returns a chain before its first block.
func newChain(proofs ledger.Proofs) (*chain, error) {
	c := &chain{
		memory:     ledger.NewMemory(),
		validators: newKeys("validator", validators), signers: newKeys("signer", 3),
		operators: newKeys("operator", 3), workers: newKeys("worker", 3), root: newKeys("root", 1)[0],
	}
	seed := hashOf("treasury")
	c.treasury = keys.Derive(append(seed[:], seed[:]...), 0).Viewing()
	c.genesis = c.makeGenesis()
	first, err := ledger.Initial(c.genesis)
	if err != nil {
		return nil, err
	}
	c.memory.Write(first.Delta)
	c.state, err = ledger.Open(c.genesis, proofs, c.memory)
	return c, err
}

func (c *chain) makeGenesis() *ledger.Genesis {
	g := &ledger.Genesis{
		ChainID: chainID, Time: 1_700_000_000, Development: true, AllowSimulated: true, SimulatedRoot: public(c.root),
		Measurements: []ledger.GenesisMeasurement{{Provider: "SIMULATED", Digest: image[:]}},
		Operators:    publics(c.operators),
		Signers:      ledger.Signers{Threshold: 2, Keys: publics(c.signers)},
		Keys:         ledger.DevelopmentKeys(circuittest.NewTrapdoors("sim trade").Keys()),
		Treasury:     ledger.Address{Address: c.treasury.Address(0)},
		FeeAsset:     hub, Fee: flatFee, Markets: genesisMarkets(),
		Params: ledger.Params{
			LockBlocks: lockBlocks, ExitBlocks: exitBlocks, RestBlocks: restBlocks, EpochBlocks: 100, EpochGrace: 60,
			Quorum: 2, DeadBlocks: 1 << 30, StaleBlocks: 6, HeartbeatBlocks: 10, WorkerBlocks: 1 << 30, AnswerBlocks: 20, SuspendBlocks: 100,
		},
		Constants: ledger.Constants{
			ExecutionDelay: delay, AnchorInterval: 1, Anchors: 600, GovernanceDelay: 3,
			FeeInterval: feeEvery, HeadWindow: 20, AuctionInterval: interval,
		},
		Bounds: ledger.Bounds{
			MaxFee: 20, MaxExitFee: 10, MaxLockBlocks: 10, MinExitBlocks: exitBlocks, MinRestBlocks: 1, MaxRestBlocks: 4,
			MinEpochBlocks: 100, MinEpochGrace: 60, MinQuorum: 2, MinOverlap: 700,
		},
		Limits: ledger.Limits{
			BlockBytes: 64 << 20, BlockProofs: 8192, BlockActions: 4096, BlockOthers: 4096,
			AuctionFills: 1000, SizeClasses: []uint16{2, 4, 8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512},
		},
	}
	for id := hub; id <= dollar; id++ {
		g.Assets = append(g.Assets, ledger.GenesisAsset{
			ID: id, Symbol: fmt.Sprintf("A%d", id), Decimals: 6, ExternalDecimals: 6, Chain: external, Test: true,
			MaxExitFee: 10, ExitFee: exitFee, MinDeposit: 1, MaxDeposit: 1 << 60, MaxSupply: 1 << 62,
		})
	}
	for _, k := range publics(c.validators) {
		g.Validators = append(g.Validators, ledger.Validator{Key: k, Power: 10})
	}
	return g
}

func (c *chain) height() uint64 { return c.state.Head().Height }

// registrations returns every operator's worker's registration.
func (c *chain) registrations() (txs [][]byte) {
	head := c.state.Head()
	for i, k := range c.workers {
		r := &registry.Worker{
			Operator: public(c.operators[i]), SigningKey: public(k), Head: registry.Head{Height: head.Height, Hash: head.Hash},
		}
		seal := hashOf("seal key", i)
		copy(r.SealKey[:], seal[:])
		r.Evidence = attestation.Simulate(c.root, image, registry.Platform(hashOf("platform", i)), r.ReportData(chainID))
		r.Sign(chainID, c.operators[i])
		txs = append(txs, r.Encode())
	}
	return txs
}

// newEpoch returns the next epoch and takes its secret, which rules from the
// block on that includes it.
func (c *chain) newEpoch(seed uint64) []byte {
	number := c.state.Book().Epoch + 1
	secret := epoch.Secret(hashOf("epoch", seed, number))
	c.opener = sealopen.NewKey(hashOf("opener", seed, number))
	c.sealKey = c.opener.Public()
	e := &registry.Epoch{Number: number, Committed: secret.Schedule().Commit()}
	if number > 1 {
		e.Revealed = c.secret.Schedule()
	}
	copy(e.SealKey[:], c.sealKey)
	c.secret = secret
	e.Signatures = c.signWorkers(e.SignBytes(chainID))
	return e.Encode()
}

// signWorkers lets all workers sign, the leader so among them.
func (c *chain) signWorkers(message []byte) (out []settlement.WorkerSignature) {
	for _, k := range c.workers {
		out = append(out, settlement.WorkerSignature{
			Worker: settlement.NewWorkerID(public(k)), Signature: quorum.Sign(k, message).Signature,
		})
	}
	slices.SortFunc(out, func(a, b settlement.WorkerSignature) int { return bytes.Compare(a.Worker[:], b.Worker[:]) })
	return out
}

func (c *chain) signCustody(message []byte) (out []quorum.Signature) {
	for _, k := range c.signers[:2] {
		out = append(out, quorum.Sign(k, message))
	}
	return out
}

func (c *chain) signDeposit(d *custody.Deposit) []byte {
	d.Signatures = c.signCustody(d.SignBytes(chainID))
	return d.Encode()
}

func (c *chain) signClosing(d *custody.Closing) []byte {
	d.Signatures = c.signCustody(d.SignBytes(chainID))
	return d.Encode()
}

// quotes returns the commit of the last block, in which all validators say the
// same prices.
func (c *chain) quotes(prices []oracle.Price) []byte {
	o := &oracle.Commit{Height: c.height()}
	for _, k := range c.validators {
		v := oracle.Vote{Validator: public(k), Prices: prices}
		v.Signature = quorum.Sign(k, v.SignBytes(chainID, o.Height, o.Round)).Signature
		o.Votes = append(o.Votes, v)
	}
	return o.Encode()
}

// commit runs the next block with these transactions, in the sequence of their
// ranks.
func (c *chain) commit(txs [][]byte) (*ledger.Result, ledger.Block, error) {
	slices.SortStableFunc(txs, func(a, b []byte) int {
		return int(transaction.Kind(a[0]).Rank()) - int(transaction.Kind(b[0]).Rank())
	})
	h := c.height() + 1
	block := ledger.Block{Height: h, Time: c.genesis.Time + int64(h), Hash: hashOf("block", h), Txs: txs}
	r, err := c.state.Apply(block)
	if err != nil {
		return nil, block, err
	}
	c.memory.Write(r.Delta)
	c.state.Advance(r)
	return r, block, nil
}

// record returns a market's record by its place in genesisMarkets.
func record(i int) market.Record { return genesisMarkets()[i].Record() }
