package service

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"

	nodev1 "github.com/nightjar/nightjar/api/node/v1"
	"github.com/nightjar/nightjar/api/node/v1/nodev1connect"
	"github.com/nightjar/nightjar/circuit/fill"
	"github.com/nightjar/nightjar/enclave/boundary"
	"github.com/nightjar/nightjar/enclave/chaintest"
	"github.com/nightjar/nightjar/enclave/host"
	"github.com/nightjar/nightjar/enclave/worker"
	"github.com/nightjar/nightjar/internal/freeport"
	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/settlement"
)

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// node serves a chain to a host as a Nightjar node does: the calls that hosts
// make, and no others.
type node struct {
	genesis []byte

	mu    sync.Mutex
	chain *chaintest.Chain
	moved chan struct{} // closed at the next block
}

func newNode(t *testing.T, g *ledger.Genesis) (*node, string) {
	t.Helper()
	raw, err := json.Marshal(g)
	if err != nil {
		t.Fatal(err)
	}
	n := &node{genesis: raw, chain: chaintest.New(t, g, chaintest.Echo{}), moved: make(chan struct{})}
	mux := http.NewServeMux()
	mux.Handle(nodev1connect.NodeServiceGenesisProcedure, connect.NewUnaryHandler(nodev1connect.NodeServiceGenesisProcedure, n.Genesis))
	mux.Handle(nodev1connect.NodeServiceStatusProcedure, connect.NewUnaryHandler(nodev1connect.NodeServiceStatusProcedure, n.Status))
	mux.Handle(nodev1connect.NodeServiceSubmitProcedure, connect.NewUnaryHandler(nodev1connect.NodeServiceSubmitProcedure, n.Submit))
	mux.Handle(nodev1connect.NodeServiceRawBlocksProcedure, connect.NewServerStreamHandler(nodev1connect.NodeServiceRawBlocksProcedure, n.RawBlocks))
	server := httptest.NewUnstartedServer(mux)
	server.Config.Protocols = new(http.Protocols)
	server.Config.Protocols.SetHTTP1(true)
	server.Config.Protocols.SetUnencryptedHTTP2(true)
	server.Start()
	t.Cleanup(server.CloseClientConnections)
	return n, server.URL
}

// block makes a block and returns what it did.
func (n *node) block() []ledger.Event {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.chain.Next()
	close(n.moved)
	n.moved = make(chan struct{})
	return n.chain.Events
}

// until makes blocks, each once all enclaves have taken the one before, until
// one does an E that fits. What the enclaves tell each other in between has no
// end to wait for: the pause for it grows, up to a second, as a slow machine may
// need it.
func until[E ledger.Event](t *testing.T, n *node, sites []*site, fits func(E) bool) {
	t.Helper()
	pause := 20 * time.Millisecond
	for range 100 {
		for _, e := range n.block() {
			if e, ok := e.(E); ok && fits(e) {
				return
			}
		}
		n.mu.Lock()
		height := n.chain.Height()
		n.mu.Unlock()
		deadline := time.Now().Add(time.Minute)
		for _, s := range sites {
			for s.status().Height < height && time.Now().Before(deadline) {
				<-time.After(5 * time.Millisecond)
			}
		}
		<-time.After(pause)
		pause = min(pause+pause/8, time.Second)
	}
	var none E
	t.Fatalf("100 blocks without %T", none)
}

// cross submits two orders that match.
func (n *node) cross() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.chain.Place("alice", chaintest.Terms(order.Sell, 10, 98))
	n.chain.Place("bob", chaintest.Terms(order.Buy, 10, 102))
}

func (n *node) Genesis(context.Context, *connect.Request[nodev1.GenesisRequest]) (*connect.Response[nodev1.GenesisResponse], error) {
	return connect.NewResponse(&nodev1.GenesisResponse{Genesis: n.genesis}), nil
}

func (n *node) Status(context.Context, *connect.Request[nodev1.StatusRequest]) (*connect.Response[nodev1.StatusResponse], error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return connect.NewResponse(&nodev1.StatusResponse{Height: n.chain.Height()}), nil
}

func (n *node) Submit(_ context.Context, r *connect.Request[nodev1.SubmitRequest]) (*connect.Response[nodev1.SubmitResponse], error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := n.chain.Submit(r.Msg.Tx); err != nil {
		return nil, connect.NewError(connect.CodeFailedPrecondition, err)
	}
	return connect.NewResponse(&nodev1.SubmitResponse{Id: make([]byte, 32)}), nil
}

func (n *node) RawBlocks(ctx context.Context, r *connect.Request[nodev1.RawBlocksRequest], s *connect.ServerStream[nodev1.RawBlock]) error {
	for next := r.Msg.From; ; next++ {
		for {
			n.mu.Lock()
			moved, height := n.moved, n.chain.Height()
			n.mu.Unlock()
			if height >= next {
				break
			}
			select {
			case <-moved:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		n.mu.Lock()
		b := n.chain.Blocks[next-1]
		n.mu.Unlock()
		if err := s.Send(&nodev1.RawBlock{Height: next, LightBlock: b.Light, Txs: b.Txs}); err != nil {
			return err
		}
	}
}

// site is a worker: an enclave and its host.
type site struct {
	genesis        *ledger.Genesis
	prover         worker.Prover
	socket, listen string
	enclave, host  process
}

func newSite(t *testing.T, g *ledger.Genesis, prover worker.Prover) *site {
	t.Helper()
	free, err := freeport.Addresses(1)
	if err != nil {
		t.Fatal(err)
	}
	return &site{genesis: g, prover: prover, socket: filepath.Join(t.TempDir(), "s"), listen: free[0]}
}

// process is a running half of a site.
type process struct {
	cancel context.CancelFunc
	ended  chan struct{}
}

func start(t *testing.T, run func(context.Context) error) process {
	ctx, cancel := context.WithCancel(t.Context())
	p := process{cancel, make(chan struct{})}
	go func() {
		defer close(p.ended)
		if err := run(ctx); ctx.Err() == nil {
			t.Errorf("a process ended by itself: %v", err)
		}
	}()
	return p
}

func (p process) stop() {
	p.cancel()
	<-p.ended
}

// startEnclave boots a new enclave; whatever ran before is gone.
func (s *site) startEnclave(t *testing.T, i int) {
	t.Helper()
	device := chaintest.Device{Platform: registry.Platform{byte(i) + 1}}
	core, err := worker.New(s.genesis, chaintest.Echo{}, device)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := listen(s.socket)
	if err != nil {
		t.Fatal(err)
	}
	config := Config{Socket: s.socket, Genesis: "genesis.json", Keys: "keys", Provers: 2, TEE: device, Log: quiet}
	s.enclave = start(t, func(ctx context.Context) error {
		return newService(config, core, s.prover).run(ctx, listener)
	})
}

func (s *site) startHost(t *testing.T, i int, node string, peers []string) {
	t.Helper()
	config := host.Config{
		Node: node, Enclave: "unix:" + s.socket, Listen: s.listen, Peers: peers,
		Operator: chaintest.Operator(i), Log: quiet,
	}
	s.host = start(t, func(ctx context.Context) error { return host.Run(ctx, config) })
}

// TestWorkers: three enclaves with their hosts, over sockets, HTTP and a node,
// trade; also after an enclave and another one's host were restarted.
func TestWorkers(t *testing.T) {
	n, url := newNode(t, chaintest.Genesis())
	n.block()
	n.block()
	sites := make([]*site, 3)
	for i := range sites {
		sites[i] = newSite(t, chaintest.Genesis(), chaintest.Echo{})
	}
	peers := func(i int) (out []string) {
		for j, s := range sites {
			if j != i {
				out = append(out, "http://"+s.listen)
			}
		}
		return out
	}
	for i, s := range sites {
		s.startHost(t, i, url, peers(i)) // waits for its enclave
		s.startEnclave(t, i)
	}
	defer func() {
		for _, s := range sites {
			s.host.stop()
			s.enclave.stop()
		}
	}()
	settled := func(ledger.GroupSettled) bool { return true }
	until(t, n, sites, func(ledger.EpochStarted) bool { return true })
	n.cross()
	until(t, n, sites, settled)

	sites[0].enclave.stop()
	sites[1].host.stop()
	sites[0].startEnclave(t, 0)
	sites[1].startHost(t, 1, url, peers(1))
	until(t, n, sites, func(e ledger.WorkerRegistered) bool { return e.Replaced != [32]byte{} })
	n.cross()
	until(t, n, sites, settled)
	for _, s := range sites {
		if got := s.status(); got.Provider != "SIMULATED" || !got.Registered || got.Diverged != 0 {
			t.Errorf("a host shows %+v", got)
		}
	}
}

// status is what a host shows; zero if it shows nothing now.
type status struct {
	Provider   string `json:"provider"`
	Height     uint64 `json:"height"`
	Registered bool   `json:"registered"`
	Diverged   uint64 `json:"diverged"`
}

func (s *site) status() (out status) {
	res, err := http.Get("http://" + s.listen + "/status")
	if err != nil {
		return status{}
	}
	defer res.Body.Close()
	if json.NewDecoder(res.Body).Decode(&out) != nil {
		return status{}
	}
	return out
}

// pair is a prover that finishes a fill only when a second one has begun.
type pair struct {
	chaintest.Echo
	begun chan struct{} // where the two meet
	ended <-chan struct{}
}

func (p pair) Fill(w fill.Witness) ([settlement.ProofSize]byte, error) {
	select {
	case p.begun <- struct{}{}:
	case <-p.begun:
	case <-p.ended:
	}
	return p.Echo.Fill(w)
}

// TestProversSideBySide: the fills of one settlement are proven at a time in
// one enclave, as many as it has provers.
func TestProversSideBySide(t *testing.T) {
	g := chaintest.Genesis()
	g.Params.Quorum = 1
	n, url := newNode(t, g)
	n.block()
	n.block()
	ended := make(chan struct{})
	s := newSite(t, g, pair{begun: make(chan struct{}), ended: ended})
	s.startHost(t, 0, url, nil)
	s.startEnclave(t, 0)
	defer func() {
		close(ended)
		s.host.stop()
		s.enclave.stop()
	}()
	until(t, n, []*site{s}, func(ledger.EpochStarted) bool { return true })
	n.cross()
	until(t, n, []*site{s}, func(ledger.GroupSettled) bool { return true })
}

// TestBrokenHost: a host that sends what is no message is cut off, and the next
// one is served.
func TestBrokenHost(t *testing.T) {
	s := newSite(t, chaintest.Genesis(), chaintest.Echo{})
	s.startEnclave(t, 0)
	defer s.enclave.stop()
	for _, noise := range [][]byte{slices.Repeat([]byte{1}, boundary.FrameSize), {}} {
		stream, err := net.Dial("unix", s.socket)
		if err != nil {
			t.Fatal(err)
		}
		conn := boundary.NewConn(stream)
		for _, want := range []boundary.Kind{boundary.KindHello, boundary.KindStatus} {
			m, err := conn.Receive()
			if err != nil || m.Kind() != want {
				t.Fatalf("got %v, %v", m, err)
			}
		}
		if _, err := stream.Write(noise); err != nil {
			t.Fatal(err)
		}
		if len(noise) > 0 {
			if m, err := conn.Receive(); err == nil {
				t.Errorf("after noise: %v", m)
			}
		}
		stream.Close()
	}
}
