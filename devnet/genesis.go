package devnet

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"time"

	"github.com/nightjar/nightjar/circuit/keystore"
	"github.com/nightjar/nightjar/circuit/prove"
	"github.com/nightjar/nightjar/circuit/verify"
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/scenario"
)

// custodyThreshold of custodySize development signers attest a deposit.
const (
	custodyThreshold = 2
	custodySize      = 3
)

// devChain is the external chain of test assets: none.
const devChain = 0

// params of a devnet: short enough to watch, as long as the protocol demands.
var params = ledger.Params{
	LockBlocks: 120, ExitBlocks: 40, RestBlocks: 6,
	EpochBlocks: 600, EpochGrace: 60, Quorum: 2, DeadBlocks: 60,
	StaleBlocks: 40, HeartbeatBlocks: 20, WorkerBlocks: 1 << 20, AnswerBlocks: 40, SuspendBlocks: 400,
}

var bounds = ledger.Bounds{
	MaxExitFee: 1 << 40, MaxFee: 1 << 40,
	MaxLockBlocks: 240, MinExitBlocks: 20, MinRestBlocks: 4, MaxRestBlocks: 60,
	MinEpochBlocks: 60, MinEpochGrace: 60, MinQuorum: 2, MinOverlap: 1200,
}

var constants = ledger.Constants{
	ExecutionDelay: 2, AnchorInterval: 2, Anchors: 400,
	GovernanceDelay: 40, FeeInterval: 200, HeadWindow: 400, AuctionInterval: 1,
}

var limits = ledger.Limits{
	BlockBytes: 4 << 20, BlockProofs: 1200, BlockActions: 1000, BlockOthers: 64,
	AuctionFills: 64, SizeClasses: []uint16{2, 4, 8, 16, 32},
}

// key makes an Ed25519 key and writes its seed in hex.
func key(path string) (ed25519.PrivateKey, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	return private, os.WriteFile(path, []byte(hex.EncodeToString(private.Seed())+"\n"), 0o600)
}

func public(k ed25519.PrivateKey) (q quorum.Key) {
	copy(q[:], k.Public().(ed25519.PublicKey))
	return q
}

func sortKeys(k []quorum.Key) {
	slices.SortFunc(k, func(a, b quorum.Key) int { return bytes.Compare(a[:], b[:]) })
}

// measure asks the simulated enclave's binary for its measurement.
func measure(bin Binaries) (digest ledger.Hex, err error) {
	out, err := exec.Command(bin.Path("nightjar-enclave-sim"), "measure").Output()
	if err != nil {
		return nil, fmt.Errorf("nightjar-enclave-sim measure: %w", err)
	}
	return digest, digest.UnmarshalText(bytes.TrimSpace(out))
}

// rules returns the part of a genesis that is the same for every devnet of a
// scenario: what holds on the chain and what is traded, without any key.
func rules(s *scenario.Scenario) ledger.Genesis {
	g := ledger.Genesis{
		Development: true, AllowSimulated: true, FeeAsset: 1, Fee: s.Fee,
		Params: params, Bounds: bounds, Limits: limits, Constants: constants,
	}
	for i, a := range s.Assets {
		record := ledger.GenesisAsset{
			ID: uint32(i + 1), Symbol: a.Symbol, Decimals: a.Decimals,
			MaxExitFee: max(a.ExitFee, 1), ExitFee: a.ExitFee,
		}
		if e := a.External; e != nil {
			record.Chain, record.External, record.ExternalDecimals = e.Chain, e.Name, e.Decimals
			record.MinDeposit, record.MaxDeposit, record.MaxSupply = e.MinDeposit, e.MaxDeposit, e.MaxSupply
		} else {
			record.Chain, record.Test, record.ExternalDecimals = devChain, true, a.Decimals
			record.MinDeposit, record.MaxDeposit, record.MaxSupply = 1, scenario.MaxDeposit, scenario.MaxDeposit
		}
		g.Assets = append(g.Assets, record)
		g.Bounds.MaxExitFee = max(g.Bounds.MaxExitFee, a.ExitFee)
	}
	g.Bounds.MaxFee = max(g.Bounds.MaxFee, s.Fee)
	for i, mkt := range s.Markets {
		g.Markets = append(g.Markets, ledger.Market{
			ID: uint32(i), Base: mkt.Base, Quote: mkt.Quote, LotSize: mkt.LotSize, Tick: mkt.Tick,
			FeeBp: mkt.FeeBp, Collar: mkt.Collar, MinQty: mkt.MinQty, Halt: mkt.Halt,
		})
	}
	return g
}

// makeGenesis makes every key of a devnet and writes its genesis.
func (d Dir) makeGenesis(m *Manifest, s *scenario.Scenario, validator quorum.Key, bin Binaries, p *prove.Prover) error {
	proving, err := keystore.Dir()
	if err != nil {
		return err
	}
	origins, err := keystore.Origins(proving)
	if err != nil {
		return err
	}
	g := rules(s)
	g.ChainID, g.Time = m.ChainID, time.Now().Unix()
	g.Validators = []ledger.Validator{{Key: validator, Power: 10}}
	g.Keys = map[ledger.Circuit]ledger.VerifyKey{}
	root, err := key(d.SimulatedRoot())
	if err != nil {
		return err
	}
	g.SimulatedRoot = public(root)
	digest, err := measure(bin)
	if err != nil {
		return err
	}
	g.Measurements = []ledger.GenesisMeasurement{{Provider: "SIMULATED", Digest: digest}}
	for n := 1; n <= m.Workers; n++ {
		if err := os.MkdirAll(d.Worker(n), 0o700); err != nil {
			return err
		}
		k, err := key(d.OperatorKey(n))
		if err != nil {
			return err
		}
		g.Operators = append(g.Operators, public(k))
	}
	sortKeys(g.Operators)
	if g.Signers, err = d.makeCustody(); err != nil {
		return err
	}
	if g.Treasury, err = d.makeTreasury(); err != nil {
		return err
	}
	vk := p.Keys()
	for c, k := range map[ledger.Circuit]*verify.Key{
		ledger.ActionCircuit: vk.Action, ledger.FillCircuit: vk.Fill, ledger.CollectCircuit: vk.Collect,
	} {
		from := origins[prove.Name(c)]
		g.Keys[c] = ledger.VerifyKey{Hash: k.Hash(), Circuit: from.Circuit, Transcript: from.Transcript, Key: k.Encode()}
	}
	b, err := json.MarshalIndent(g, "", "  ")
	if err != nil {
		return err
	}
	if _, err := ledger.ParseGenesis(b); err != nil {
		return fmt.Errorf("devnet: the genesis made here: %w", err)
	}
	return replace(d.Genesis(), append(b, '\n'), 0o644)
}

// makeTreasury makes the account that the fees go to.
func (d Dir) makeTreasury() (ledger.Address, error) {
	var entropy [keys.EntropySize]byte
	if _, err := rand.Read(entropy[:]); err != nil {
		return ledger.Address{}, err
	}
	phrase := keys.NewPhrase(entropy)
	if err := os.WriteFile(d.Treasury(), []byte(phrase.Words()+"\n"), 0o600); err != nil {
		return ledger.Address{}, err
	}
	return ledger.Address{Address: keys.Derive(phrase.Seed(), 0).Viewing().Address(0)}, nil
}
