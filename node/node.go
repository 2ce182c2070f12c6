package node

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"

	cmtmempool "github.com/cometbft/cometbft/mempool"
	cmtnode "github.com/cometbft/cometbft/node"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/privval"
	"github.com/cometbft/cometbft/proxy"
	"github.com/cometbft/cometbft/state"
	"github.com/cometbft/cometbft/types"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/nightjar/nightjar/internal/daemon"
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/node/mempool"
	"github.com/nightjar/nightjar/node/prices"
	"github.com/nightjar/nightjar/node/store"
)

// Version is what this program calls itself.
const Version = "0.1.0"

// Node is a running node.
type Node struct {
	config   Config
	app      *app
	pool     *mempool.Pool
	store    *store.Store
	comet    *cmtnode.Node
	dbs      []io.Closer // CometBFT's
	blocks   state.BlockStore
	states   state.Store
	listener net.Listener // of the RPC
	metrics  net.Listener // nil if none
	registry *prometheus.Registry
	genesis  []byte
	failed   chan error
	log      *slog.Logger
}

// New opens the node in home: it replays what CometBFT has decided and the
// ledger has not committed, listens, and is ready to Run.
func New(ctx context.Context, home Home, config Config, log *slog.Logger) (*Node, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	if _, err := home.Identity(); err != nil {
		return nil, err
	}
	raw, err := os.ReadFile(home.Genesis())
	if err != nil {
		return nil, fmt.Errorf("genesis: %w", err)
	}
	genesis, err := ledger.ParseGenesis(raw)
	if err != nil {
		return nil, err
	}
	return open(ctx, home, config, log, parts{raw: raw, genesis: genesis, proofs: ledger.Verifier{}})
}

// parts are what tests put in place of the product's: the checker of proofs
// where none can be made, and faults around the store.
type parts struct {
	raw     []byte
	genesis *ledger.Genesis
	proofs  ledger.Proofs
	wrap    func(*store.Store) storage // nil: the store itself
}

// open builds the node from the disk upwards; on an error it closes what it
// has opened.
func open(ctx context.Context, home Home, config Config, log *slog.Logger, with parts) (opened *Node, err error) {
	n := &Node{config: config, genesis: with.raw, registry: prometheus.NewRegistry(), failed: make(chan error, 1), log: log}
	defer func() {
		if err != nil {
			err = errors.Join(err, n.close())
		}
	}()
	hash := sha256.Sum256(with.raw)
	if n.store, err = store.Open(home.Ledger()); err != nil {
		return nil, err
	}
	if held, ok := n.store.GenesisHash(); ok && held != hash {
		return nil, fmt.Errorf("%s holds another chain: its genesis file had the hash %x", home.Ledger(), held)
	}
	var backing storage = n.store
	if with.wrap != nil {
		backing = with.wrap(n.store)
	}
	if n.app, err = newApp(with.genesis, hash, with.proofs, backing, newMetrics(n.registry), log); err != nil {
		return nil, err
	}
	n.app.retain = config.RetainBlocks
	n.app.fatal = n.fail
	if path := config.Oracle.Prices; path != "" {
		if !filepath.IsAbs(path) {
			path = home.join(path)
		}
		n.app.prices = prices.Open(path)
	}
	n.pool = mempool.New(n.app, mempool.Limits{
		Txs: config.Mempool.MaxTxs, Bytes: config.Mempool.MaxBytes,
		Verifiers: config.Mempool.Verifiers, Queue: config.Mempool.VerifyQueue,
	})
	n.app.pool = n.pool
	watchPool(n.registry, n.pool)
	if err := n.listen(); err != nil {
		return nil, err
	}
	return n, n.startComet(ctx, home, with.genesis, hash)
}

func (n *Node) listen() (err error) {
	if n.listener, err = net.Listen("tcp", n.config.RPCListen); err != nil {
		return fmt.Errorf("rpc_listen: %w", err)
	}
	if n.config.MetricsListen != "" {
		if n.metrics, err = net.Listen("tcp", n.config.MetricsListen); err != nil {
			return fmt.Errorf("metrics_listen: %w", err)
		}
	}
	return nil
}

// startComet makes and starts CometBFT's node. Making it replays blocks.
func (n *Node) startComet(ctx context.Context, home Home, g *ledger.Genesis, hash [32]byte) error {
	config := cometConfig(home, n.config)
	doc, err := genesisDoc(g, hash)
	if err != nil {
		return err
	}
	key, err := p2p.LoadNodeKey(home.NodeKey())
	if err != nil {
		return fmt.Errorf("node key: %w", err)
	}
	signer := privval.LoadFilePV(home.ValidatorKey(), home.ValidatorState())
	comet, err := cmtnode.NewNodeWithContext(ctx, config, signer, key,
		proxy.NewConnSyncLocalClientCreator(n.app),
		func() (*types.GenesisDoc, error) { return doc, nil },
		n.openDB,
		cmtnode.DefaultMetricsProvider(config.Instrumentation),
		cometLogger{n.log.With("component", "cometbft")},
	)
	if err != nil {
		return n.because(fmt.Errorf("consensus: %w", err))
	}
	env, err := comet.ConfigureRPC()
	if err != nil {
		return fmt.Errorf("consensus: %w", err)
	}
	n.comet, n.blocks, n.states = comet, env.BlockStore, env.StateStore
	if consensus, ok := env.ConsensusState.(interface{ Wait() }); ok {
		go func() {
			consensus.Wait() // it stops for good when, say, the key's state can't be written
			n.fail(errConsensusEnded)
		}()
	}
	if err := endHeight(config.Consensus.WalFile(), n.blocks.Height()); err != nil {
		return err
	}
	if err := comet.Start(); err != nil {
		return n.because(fmt.Errorf("consensus: %w", err))
	}
	return nil
}

var errConsensusEnded = errors.New("consensus ended; CometBFT's log says why")

// fail keeps the first fault for Run.
func (n *Node) fail(err error) {
	select {
	case n.failed <- err:
	default:
	}
}

// because returns the application's fault, which CometBFT's error only names.
func (n *Node) because(err error) error {
	select {
	case fault := <-n.failed:
		return fault
	default:
		return err
	}
}

// RPCAddress is where the node serves, also when the configuration said port 0.
func (n *Node) RPCAddress() string { return n.listener.Addr().String() }

// Run serves until ctx ends or the node has to halt, and closes it.
func (n *Node) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 2)
	services := 1
	go func() { ended <- daemon.Serve(ctx, n.listener, n.handler()) }()
	if n.metrics != nil {
		services++
		all := prometheus.Gatherers{n.registry, prometheus.DefaultGatherer} // CometBFT's are in the default one
		go func() { ended <- daemon.Serve(ctx, n.metrics, daemon.MetricsHandler(all)) }()
	}
	n.log.Info("node started", "rpc", n.RPCAddress(), "chain", n.app.genesis.ChainID)
	if n.app.genesis.AllowSimulated {
		n.log.Warn("SIMULATED enclaves are allowed on this chain: they protect nothing")
	}
	var err error
	select {
	case <-ctx.Done():
	case err = <-n.failed:
	case err = <-ended:
		services--
	}
	cancel()
	for range services {
		err = errors.Join(err, <-ended)
	}
	return errors.Join(err, n.close())
}

// close ends everything in the reverse order of its making.
func (n *Node) close() error {
	var errs []error
	if n.comet != nil && n.comet.IsRunning() {
		errs = append(errs, n.comet.Stop())
		n.comet.Wait()
	}
	for _, db := range n.dbs {
		errs = append(errs, db.Close())
	}
	if n.pool != nil {
		n.pool.Close()
	}
	if n.app != nil {
		errs = append(errs, n.app.close())
	}
	for _, c := range []io.Closer{n.listener, n.metrics} {
		if l, ok := c.(net.Listener); ok && l != nil {
			if err := l.Close(); !errors.Is(err, net.ErrClosed) {
				errs = append(errs, err)
			}
		}
	}
	if n.store != nil {
		errs = append(errs, n.store.Close())
	}
	return errors.Join(errs...)
}

// submit has a transaction checked and queued. With CometBFT's own pool it
// goes through that, so that it is relayed.
func (n *Node) submit(ctx context.Context, origin string, raw []byte) (mempool.ID, error) {
	id, err := n.pool.Submit(ctx, origin, raw)
	if err != nil || n.config.Mempool.Kind != FloodMempool {
		return id, err
	}
	if err := n.comet.Mempool().CheckTx(raw, nil, cmtmempool.TxInfo{}); err != nil && !errors.Is(err, cmtmempool.ErrTxInCache) {
		return id, fmt.Errorf("relay: %w", err)
	}
	return id, nil
}
