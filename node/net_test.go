package node

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nightjar/nightjar/api/node/v1/nodev1connect"
	"github.com/nightjar/nightjar/circuit/circuittest"
	"github.com/nightjar/nightjar/internal/daemon"
	"github.com/nightjar/nightjar/internal/freeport"
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/node/store"
	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/jubjub"
	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
)

const (
	hub  = uint32(1) // the fee asset
	coin = uint32(2)
)

// believe takes every claim whose proof does not start with a mark, and
// counts. These tests are about the node: they do not establish what a proof
// proves.
type believe struct{ claims atomic.Int64 }

const refuted = 0xbd

func (b *believe) Check(claims []ledger.Claim) error {
	for _, c := range claims {
		b.claims.Add(1)
		if c.Proof[0] == refuted {
			return rejection.New(rejection.BadProof, "")
		}
	}
	return nil
}

func (b *believe) Find(claims []ledger.Claim) (bad []int, err error) {
	for i := range claims {
		if b.Check(claims[i:i+1]) != nil {
			bad = append(bad, i)
		}
	}
	return bad, nil
}

// toys is a setup that proves anything.
var toys = sync.OnceValue(func() circuittest.Trapdoors { return circuittest.NewTrapdoors("node") })

func testKey(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(name))
	return ed25519.NewKeyFromSeed(seed[:])
}

// testGenesis is a development chain of the given validators; anchors are the
// roots of multiples of 4, an action executes 2 blocks after its admission.
func testGenesis(t testing.TB, validators ...[32]byte) []byte {
	t.Helper()
	signer := quorum.Key(testKey("signer").Public().(ed25519.PublicKey))
	g := &ledger.Genesis{
		ChainID: "node-test", Time: time.Now().Unix() - 1, Development: true,
		Signers:  ledger.Signers{Threshold: 1, Keys: []quorum.Key{signer}},
		Keys:     ledger.DevelopmentKeys(toys().Keys()),
		Treasury: ledger.Address{Address: keys.Derive([]byte("treasury"), 0).Viewing().Address(0)},
		FeeAsset: hub, Fee: 10,
		Assets: []ledger.GenesisAsset{
			{ID: hub, Symbol: "HUB", Decimals: 6, ExternalDecimals: 6, Chain: 1, Test: true, MaxExitFee: 50, ExitFee: 20, MinDeposit: 100, MaxDeposit: 1 << 40, MaxSupply: 1 << 50},
			{ID: coin, Symbol: "COIN", Decimals: 8, ExternalDecimals: 8, Chain: 2, Test: true, MaxExitFee: 9, ExitFee: 3, MinDeposit: 1, MaxDeposit: 1 << 40, MaxSupply: 1 << 50},
		},
		Markets: []ledger.Market{{ID: 5, Base: coin, Quote: hub, LotSize: 1000, Tick: 2, FeeBp: 5, Collar: 500, MinQty: 1}},
		Params: ledger.Params{LockBlocks: 6, ExitBlocks: 8, RestBlocks: 4, EpochBlocks: 20, EpochGrace: 60, Quorum: 2,
			DeadBlocks: 30, StaleBlocks: 10, HeartbeatBlocks: 5, WorkerBlocks: 1000, AnswerBlocks: 10, SuspendBlocks: 50},
		Constants: ledger.Constants{ExecutionDelay: 2, AnchorInterval: 4, Anchors: 150, GovernanceDelay: 5, FeeInterval: 16, HeadWindow: 20, AuctionInterval: 1},
		Bounds: ledger.Bounds{MaxFee: 100, MaxExitFee: 100, MaxLockBlocks: 20, MinExitBlocks: 8, MinRestBlocks: 4,
			MaxRestBlocks: 16, MinEpochBlocks: 10, MinEpochGrace: 60, MinQuorum: 1, MinOverlap: 620},
		Limits: ledger.Limits{BlockBytes: 3 << 20, BlockProofs: 1000, BlockActions: 1000, BlockOthers: 64, AuctionFills: 8, SizeClasses: []uint16{2, 4}},
	}
	for _, v := range validators {
		g.Validators = append(g.Validators, ledger.Validator{Key: v, Power: 10})
	}
	slices.SortFunc(g.Validators, func(a, b ledger.Validator) int { return bytes.Compare(a.Key[:], b.Key[:]) })
	if err := g.Validate(); err != nil {
		t.Fatal(err)
	}
	raw, err := json.MarshalIndent(g, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// network is some nodes of one chain on this machine.
type network struct {
	testing.TB
	raw     []byte
	genesis *ledger.Genesis
	members []*member
}

// member is one node of a network; it can be stopped and started.
type member struct {
	*network
	home    Home
	config  Config
	proofs  believe
	wrap    func(*store.Store) storage
	node    *Node
	rpc     nodev1connect.NodeServiceClient
	cancel  context.CancelFunc
	outcome chan error
}

// newNetwork makes homes, keys and a genesis of n validators.
func newNetwork(t testing.TB, n int, interval time.Duration) *network {
	t.Helper()
	net := &network{TB: t}
	dir := nodeDir(t)
	var keys [][32]byte
	var peers []string
	for i := range n {
		m := &member{network: net, home: Home(filepath.Join(dir, fmt.Sprint("node", i))), config: DefaultConfig()}
		id, err := Init(m.home)
		if err != nil {
			t.Fatal(err)
		}
		m.config.RPCListen = "127.0.0.1:0"
		m.config.P2P = P2PConfig{Listen: freeAddress(t), LocalNetwork: true}
		m.config.Consensus.BlockInterval = Duration(interval)
		m.config.Oracle.Prices = filepath.Join(string(m.home), "prices.csv")
		net.members = append(net.members, m)
		keys = append(keys, id.ValidatorKey)
		peers = append(peers, id.NodeID+"@"+m.config.P2P.Listen)
	}
	for i, m := range net.members {
		m.config.P2P.PersistentPeers = slices.Delete(slices.Clone(peers), i, i+1)
	}
	var err error
	if net.genesis, err = ledger.ParseGenesis(testGenesis(t, keys...)); err != nil {
		t.Fatal(err)
	}
	net.found(func(*ledger.Genesis) {})
	return net
}

// found edits the genesis and writes it for every member.
func (n *network) found(edit func(*ledger.Genesis)) {
	n.Helper()
	edit(n.genesis)
	var err error
	if n.raw, err = json.MarshalIndent(n.genesis, "", "  "); err != nil {
		n.Fatal(err)
	}
	for _, m := range n.members {
		if err := os.WriteFile(m.home.Genesis(), n.raw, 0o600); err != nil {
			n.Fatal(err)
		}
	}
}

// longAnchors has actions live for ten minutes of fast blocks: a machine that
// has little time may take that long to prove or to verify them.
func longAnchors(g *ledger.Genesis) {
	g.Constants.Anchors *= 50
	g.Bounds.MinOverlap = g.Bounds.MaxLockBlocks + g.Constants.Anchors*g.Constants.AnchorInterval
}

// nodeDir is t.TempDir for nodes. CometBFT does not wait for the goroutine that
// saves its address book at the end, so a file may still come while the
// directory is removed.
func nodeDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "nightjar-node-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		err := os.RemoveAll(dir)
		for range 100 {
			if err == nil {
				return
			}
			time.Sleep(10 * time.Millisecond)
			err = os.RemoveAll(dir)
		}
		t.Error(err)
	})
	return dir
}

func freeAddress(t testing.TB) string {
	t.Helper()
	free, err := freeport.Addresses(1)
	if err != nil {
		t.Fatal(err)
	}
	return free[0]
}

// start opens the node and runs it until stop or the test's end.
func (m *member) start() {
	m.Helper()
	if err := m.tryStart(); err != nil {
		m.Fatal(err)
	}
}

func (m *member) tryStart() error {
	log := slog.New(slog.DiscardHandler)
	if os.Getenv("NIGHTJAR_TEST_LOG") != "" {
		log = daemon.NewLogger(os.Stderr, daemon.Text, slog.LevelDebug)
	}
	ctx, cancel := context.WithCancel(context.Background())
	n, err := open(ctx, m.home, m.config, log, parts{raw: m.raw, genesis: m.genesis, proofs: &m.proofs, wrap: m.wrap})
	if err != nil {
		cancel()
		return err
	}
	m.node, m.cancel, m.outcome = n, cancel, make(chan error, 1)
	go func() { m.outcome <- n.Run(ctx) }()
	m.rpc = clientOf(n.RPCAddress())
	m.Cleanup(func() { m.stop() })
	return nil
}

func clientOf(address string) nodev1connect.NodeServiceClient {
	return nodev1connect.NewNodeServiceClient(http.DefaultClient, "http://"+address)
}

// stop ends the node and returns why it ended.
func (m *member) stop() error {
	if m.node == nil {
		return nil
	}
	m.cancel()
	err := <-m.outcome
	m.node = nil
	http.DefaultClient.CloseIdleConnections()
	return err
}

// interval is the pause between blocks.
func (m *member) interval() time.Duration { return time.Duration(m.config.Consensus.BlockInterval) }

// head returns the height of the node's ledger.
func (m *member) head() (h uint64) {
	m.node.app.read(func(s *ledger.State) error {
		h = s.Head().Height
		return nil
	})
	return h
}

// until waits for a height.
func (m *member) until(height uint64) {
	m.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patient)
	defer cancel()
	if err := m.node.app.await(ctx, height); err != nil {
		m.Fatalf("height %d, stuck at %d: %v", height, m.head(), err)
	}
}

// untilLeaves waits until the tree has n leaves.
func (m *member) untilLeaves(n uint64) {
	m.Helper()
	for end := time.Now().Add(patient); m.leaves() != n; m.until(m.head() + 1) {
		if m.leaves() > n || time.Now().After(end) {
			m.Fatalf("%d leaves instead of %d at height %d", m.leaves(), n, m.head())
		}
	}
}

// deposit makes the signed deposit number i.
func (n *network) deposit(i int, asset uint32, amount uint64) []byte {
	d := &custody.Deposit{
		Reference: custody.Reference{Chain: asset, Hash: sha256.Sum256(fmt.Appendf(nil, "deposit %d", i))},
		Asset:     asset, Amount: amount, C: field.FromHash("test", fmt.Appendf(nil, "owner %d", i)),
	}
	d.Signatures = []quorum.Signature{quorum.Sign(testKey("signer"), d.SignBytes(n.genesis.ChainID))}
	return d.Encode()
}

var spendSecret = jubjub.ScalarFromHash("test", []byte("spend"))

// action makes the action number i at the anchor that the node offers now.
func (m *member) action(i int, edit ...func(*action.Action)) *action.Action {
	m.Helper()
	a := &action.Action{Version: 1, RK: jubjub.Mul(jubjub.Spend, spendSecret)}
	if err := m.node.app.read(func(s *ledger.State) error {
		anchor := s.Anchor()
		a.Anchor, a.Epoch = anchor.Notes, s.Book().Epoch
		a.Fee, _ = s.Fee(anchor.Height)
		return nil
	}); err != nil {
		m.Fatal(err)
	}
	for j := range a.Nullifiers {
		a.Nullifiers[j] = field.FromHash("test", fmt.Appendf(nil, "nullifier %d %d", i, j))
		a.Commitments[j] = field.FromHash("test", fmt.Appendf(nil, "commitment %d %d", i, j))
	}
	for _, e := range edit {
		e(a)
	}
	h := a.Sighash(m.genesis.ChainID)
	a.Signature = jubjub.Sign(domain.SpendSig, jubjub.Spend, spendSecret, h[:], nil)
	return a
}

// audit demands that a store is whole: the ledger opens and its app hash
// follows from its rows, the compact blocks have no gap and end at its height,
// leaves and nullifiers are as many as it says and fold to its roots, and the
// turnstile holds.
func audit(t testing.TB, g *ledger.Genesis, s *store.Store) uint64 {
	t.Helper()
	state, err := ledger.Open(g, new(believe), s)
	if err != nil {
		t.Fatal(err)
	}
	h := state.Head().Height
	for i := uint64(1); i <= h; i++ {
		if _, ok := s.Compact(i); !ok {
			t.Errorf("compact block %d of %d is missing", i, h)
		}
	}
	if _, ok := s.Compact(h + 1); ok {
		t.Errorf("a compact block past height %d", h)
	}
	notes, _, _ := state.Commitment()
	if got := s.FoldLeaves(state.Leaves()); got != notes {
		t.Errorf("height %d: the stored leaves do not fold to the root", h)
	}
	if _, ok := s.Leaf(state.Leaves()); ok {
		t.Errorf("a leaf past position %d", state.Leaves())
	}
	for _, a := range state.Assets() {
		if p := state.Pool(a.Record.ID); p.Withdrawn+p.Reserved > p.Deposited {
			t.Errorf("asset %d: %d + %d left of %d", a.Record.ID, p.Withdrawn, p.Reserved, p.Deposited)
		}
	}
	return h
}
