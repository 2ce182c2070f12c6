package host

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	nodev1 "github.com/nightjar/nightjar/api/node/v1"
	"github.com/nightjar/nightjar/client"
	"github.com/nightjar/nightjar/enclave/boundary"
	"github.com/nightjar/nightjar/internal/daemon"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/transaction"
)

// How long the host waits before it tries something again.
const (
	reconnectPause = 250 * time.Millisecond
	submitPause    = 300 * time.Millisecond
	enlistPause    = 5 * time.Second
	statusTimeout  = 2 * time.Second
)

// Bounds of what waits in a host.
const (
	submitQueue   = 256
	submitWorkers = 8
	submitTries   = 10
)

// errWrongChain means that node and enclave were set up for different networks.
var errWrongChain = errors.New("the node and the enclave are of different chains")

// chain is what a host asks of a node.
type chain interface {
	Status(ctx context.Context) (*nodev1.StatusResponse, error)
	Submit(ctx context.Context, tx []byte) ([32]byte, error)
	RawBlocks(ctx context.Context, from, to uint64, yield func(*nodev1.RawBlock) error) error
}

var _ chain = (*client.Client)(nil)

// host is one run.
type host struct {
	Config
	chainID string
	node    chain
	peers   *peers
	inbound chan []byte           // from the other hosts, for the enclave
	enlist  chan *boundary.Enlist // for the enclave; at most one waits
	submits chan []byte           // from the enclave, for the node
	asks    *asks                 // from wallets, for the enclave

	mu       sync.Mutex
	status   *boundary.Status // the enclave's last word; nil before it
	enlisted time.Time        // when a registration was last asked for
}

// Run serves until ctx ends. It outlives its node, its enclave and its peers:
// whatever is gone is tried again.
func Run(ctx context.Context, config Config) error {
	if err := config.Validate(); err != nil {
		return err
	}
	node, err := connect(ctx, config)
	if err != nil {
		return err
	}
	defer node.Close()
	listener, err := net.Listen("tcp", config.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	return newHost(config, node.Genesis().ChainID, node).run(ctx, listener)
}

// connect waits for the node and learns its genesis, to know the chain's name.
// The enclave has the genesis that counts.
func connect(ctx context.Context, config Config) (*client.Client, error) {
	for {
		raw, err := client.FetchGenesis(ctx, config.Node)
		if err == nil {
			g, err := client.ParseGenesis(raw)
			if err != nil {
				return nil, err
			}
			return client.New(config.Node, g, nil)
		}
		config.Log.Info("waiting for the node", "error", err)
		if err := sleep(ctx, 4*reconnectPause); err != nil {
			return nil, err
		}
	}
}

func newHost(config Config, chainID string, node chain) *host {
	return &host{
		Config: config, chainID: chainID, node: node, peers: newPeers(config.Peers, config.Log),
		inbound: make(chan []byte, inboundQueue), enlist: make(chan *boundary.Enlist, 1), submits: make(chan []byte, submitQueue),
		asks: newAsks(),
	}
}

// run starts everything and returns when ctx ends and all of it has.
func (h *host) run(ctx context.Context, listener net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wait sync.WaitGroup
	h.peers.run(ctx, &wait)
	for range submitWorkers {
		wait.Go(func() { h.submitLoop(ctx) })
	}
	failed := make(chan error, 2)
	wait.Go(func() { failed <- h.enclaveLoop(ctx) })
	wait.Go(func() { failed <- daemon.Serve(ctx, listener, h.handler()) })
	err := <-failed
	cancel()
	wait.Wait()
	return err
}

// enclaveLoop keeps a session with the enclave.
func (h *host) enclaveLoop(ctx context.Context) error {
	waiting := false
	for {
		connected, err := h.session(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if errors.Is(err, errWrongChain) {
			return err
		}
		if connected || !waiting { // once for each time that it is gone
			h.Log.Info("waiting for the enclave", "error", err)
		}
		waiting = true
		if err := sleep(ctx, reconnectPause); err != nil {
			return err
		}
	}
}

// session is one connection to the enclave: a reader, a writer for what comes
// from peers and node, and the node's stream of blocks.
func (h *host) session(ctx context.Context) (connected bool, err error) {
	stream, err := new(net.Dialer).DialContext(ctx, "unix", strings.TrimPrefix(h.Enclave, "unix:"))
	if err != nil {
		return false, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(ctx, func() { stream.Close() })()

	conn := boundary.NewConn(stream)
	hello, err := h.greet(conn)
	if err != nil {
		return false, err
	}
	h.Log.Info("connected to the enclave", "enclave", hello.Provider.String(), "next", hello.Next)

	blocks := make(chan *boundary.Block)
	var wait sync.WaitGroup
	defer wait.Wait()
	end := func(err error) {
		cancel(err)
		stream.Close()
	}
	wait.Go(func() { end(h.write(ctx, conn, blocks)) })
	wait.Go(func() { end(h.follow(ctx, hello.Next, blocks)) })
	for {
		m, err := conn.Receive()
		if err == nil {
			err = h.receive(ctx, m)
		}
		if err != nil {
			end(err)
			return true, context.Cause(ctx)
		}
	}
}

// greet takes the enclave's first message on a connection and compares the
// chains.
func (h *host) greet(conn *boundary.Conn) (*boundary.Hello, error) {
	first, err := conn.Receive()
	if err != nil {
		return nil, err
	}
	hello, ok := first.(*boundary.Hello)
	if !ok {
		return nil, errors.New("the enclave did not begin with a hello")
	}
	if hello.ChainID != h.chainID {
		return nil, fmt.Errorf("%w: %s and %s", errWrongChain, h.chainID, hello.ChainID)
	}
	h.mu.Lock()
	h.enlisted = time.Time{} // it may be another boot, which nobody asked yet
	h.mu.Unlock()
	return hello, nil
}

// write is the one writer of the stream.
func (h *host) write(ctx context.Context, conn *boundary.Conn, blocks <-chan *boundary.Block) error {
	for {
		var m boundary.Message
		select {
		case m = <-blocks:
		case m = <-h.enlist:
		case b := <-h.inbound:
			m = &boundary.Peer{Bytes: b}
		case m = <-h.asks.queue:
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := conn.Send(m); err != nil {
			return err
		}
	}
}

// follow feeds the enclave the chain's blocks from a height on.
func (h *host) follow(ctx context.Context, next uint64, blocks chan<- *boundary.Block) error {
	for {
		err := h.node.RawBlocks(ctx, next, 0, func(b *nodev1.RawBlock) error {
			select {
			case blocks <- &boundary.Block{Light: b.LightBlock, Txs: b.Txs}:
				next = b.Height + 1
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
		if ctx.Err() != nil {
			return ctx.Err()
		}
		h.Log.Warn("the node's blocks ended", "next", next, "error", err)
		if err := sleep(ctx, 4*reconnectPause); err != nil {
			return err
		}
	}
}

// receive does what the enclave asks. It never waits for the enclave: the
// enclave may be waiting for it.
func (h *host) receive(ctx context.Context, m boundary.Message) error {
	switch m := m.(type) {
	case *boundary.Status:
		h.setStatus(m)
		if !m.Registered && h.mayEnlist(ctx, m.Height) {
			enlist := new(boundary.Enlist)
			copy(enlist.Operator[:], h.Operator.Public().(ed25519.PublicKey))
			select {
			case h.enlist <- enlist:
			default: // one waits already
			}
		}
	case *boundary.Submit:
		h.queue(m.Tx)
	case *boundary.Register:
		w, err := registry.DecodeWorker(m.Unsigned)
		if err != nil {
			return fmt.Errorf("the enclave's registration: %w", err)
		}
		w.Sign(h.chainID, h.Operator)
		h.queue(w.Encode())
	case *boundary.Broadcast:
		h.peers.broadcast(m.Bytes)
	case *boundary.Answer:
		h.asks.answered(m)
	default:
		return fmt.Errorf("the enclave sent a message of kind %d", m.Kind())
	}
	return nil
}

// mayEnlist reports whether the enclave has a block to show and has caught up
// with the node, so that its registration would show a recent head, and has not
// just been asked.
func (h *host) mayEnlist(ctx context.Context, height uint64) bool {
	h.mu.Lock()
	early := time.Since(h.enlisted) < enlistPause
	h.mu.Unlock()
	if early || height == 0 {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, statusTimeout)
	defer cancel()
	s, err := h.node.Status(ctx)
	if err != nil || height+2 < s.Height {
		return false
	}
	h.mu.Lock()
	h.enlisted = time.Now()
	h.mu.Unlock()
	return true
}

// queue hands a transaction to the submitters. A full queue means a node that
// does not answer; the enclaves make again what matters.
func (h *host) queue(tx []byte) {
	select {
	case h.submits <- tx:
	default:
		h.Log.Warn("too many transactions wait for the node; one is dropped")
	}
}

func (h *host) submitLoop(ctx context.Context) {
	for {
		select {
		case tx := <-h.submits:
			h.submit(ctx, tx)
		case <-ctx.Done():
			return
		}
	}
}

// submit tries until the node says yes or no.
func (h *host) submit(ctx context.Context, tx []byte) {
	kind := transaction.Kind(0)
	if len(tx) > 0 {
		kind = transaction.Kind(tx[0])
	}
	log := h.Log.With("kind", kind.String())
	for try := 1; ; try++ {
		_, err := h.node.Submit(ctx, tx)
		var refused *rejection.Rejection
		switch {
		case err == nil:
			log.Debug("submitted")
			return
		case errors.As(err, &refused):
			// Several workers submit the same; all but the first are refused. A
			// registration is this worker's own, and its operator has to act.
			level := slog.LevelDebug
			if kind == transaction.Worker {
				level = slog.LevelWarn
			}
			log.Log(ctx, level, "refused", "error", refused)
			return
		case try == submitTries || ctx.Err() != nil:
			log.Warn("not submitted", "error", err)
			return
		}
		if sleep(ctx, submitPause) != nil {
			return
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
