package host

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	nodev1 "github.com/nightjar/nightjar/api/node/v1"
	"github.com/nightjar/nightjar/enclave/boundary"
	"github.com/nightjar/nightjar/protocol/fairness"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/rejection"
)

var key = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{5}, ed25519.SeedSize))

func config() Config {
	return Config{
		Node: "http://127.0.0.1:1", Enclave: "unix:/absent", Listen: "127.0.0.1:0", Operator: key,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
}

func TestConfig(t *testing.T) {
	if err := config().Validate(); err != nil {
		t.Fatal(err)
	}
	if err := (Config{}).Validate(); !errors.Is(err, rejection.BadFlag) {
		t.Errorf("the zero configuration: %v", err)
	}
	for name, edit := range map[string]func(*Config){
		"node":     func(c *Config) { c.Node = "localhost" },
		"enclave":  func(c *Config) { c.Enclave = "/socket" },
		"listen":   func(c *Config) { c.Listen = "" },
		"operator": func(c *Config) { c.Operator = nil },
		"peers":    func(c *Config) { c.Peers = []string{"ftp://x"} },
		"log":      func(c *Config) { c.Log = nil },
	} {
		c := config()
		edit(&c)
		if err := c.Validate(); !errors.Is(err, rejection.BadFlag) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOperatorKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	for text, code := range map[string]error{
		hex.EncodeToString(key.Seed()) + "\n": nil,
		hex.EncodeToString(key.Seed()[1:]):    rejection.BadFile,
		"no hex":                              rejection.BadFile,
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := ReadOperatorKey(path)
		if !errors.Is(err, code) || code == nil && !got.Equal(key) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// silent is a node without blocks that keeps what is submitted.
type silent struct{ submitted chan []byte }

func (silent) Status(context.Context) (*nodev1.StatusResponse, error) {
	return &nodev1.StatusResponse{Height: 5}, nil
}

func (s silent) Submit(_ context.Context, tx []byte) (id [32]byte, err error) {
	s.submitted <- tx
	return id, nil
}

func (silent) RawBlocks(ctx context.Context, _, _ uint64, _ func(*nodev1.RawBlock) error) error {
	<-ctx.Done()
	return ctx.Err()
}

// meet starts a host and returns the enclave's end of its connection.
func meet(t *testing.T, chainID string) (*boundary.Conn, silent, <-chan error) {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	outer, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := config()
	c.Enclave = "unix:" + socket
	node := silent{make(chan []byte, 1)}
	ended := make(chan error, 1)
	go func() { ended <- newHost(c, chainID, node).run(t.Context(), outer) }()
	stream, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stream.Close(); l.Close() })
	return boundary.NewConn(stream), node, ended
}

func send(t *testing.T, c *boundary.Conn, m boundary.Message) {
	t.Helper()
	if err := c.Send(m); err != nil {
		t.Fatal(err)
	}
}

// TestMayEnlist: an enclave is asked for a registration only when it has a block
// to show that the chain would still take, and not again at once.
func TestMayEnlist(t *testing.T) {
	for height, want := range map[uint64]bool{0: false, 1: false, 2: false, 3: true, 5: true} {
		h := newHost(config(), "a", silent{})
		if got := h.mayEnlist(t.Context(), height); got != want {
			t.Errorf("at block %d of 5: %v", height, got)
		}
	}
	h := newHost(config(), "a", silent{})
	h.enlisted = time.Now().Add(time.Hour)
	if h.mayEnlist(t.Context(), 5) {
		t.Error("it is asked again at once")
	}
}

// TestRegistration: a host asks an unregistered enclave that has caught up for
// a registration, signs it and submits it.
func TestRegistration(t *testing.T) {
	conn, node, _ := meet(t, "a")
	send(t, conn, &boundary.Hello{ChainID: "a", Provider: registry.Simulated, Next: 1})
	send(t, conn, &boundary.Status{Height: 1})                   // far behind: not asked
	send(t, conn, &boundary.Status{Height: 5, Registered: true}) // nothing to ask
	send(t, conn, &boundary.Status{Height: 5})
	m, err := conn.Receive()
	if err != nil {
		t.Fatal(err)
	}
	enlist, ok := m.(*boundary.Enlist)
	if !ok || enlist.Operator != quorum.Key(key.Public().(ed25519.PublicKey)) {
		t.Fatalf("the host sent %+v", m)
	}
	unsigned := registry.Worker{Operator: enlist.Operator, SigningKey: quorum.Key{1}}
	send(t, conn, &boundary.Register{Unsigned: unsigned.Encode()})
	w, err := registry.DecodeWorker(<-node.submitted)
	if err != nil || !quorum.Verify(w.Operator, w.SignBytes("a"), w.Signature) {
		t.Errorf("the registration is not the operator's: %v", err)
	}
}

// TestWrongChain: a host whose enclave has another genesis ends.
func TestWrongChain(t *testing.T) {
	conn, _, ended := meet(t, "a")
	send(t, conn, &boundary.Hello{ChainID: "b", Next: 1})
	if err := <-ended; !errors.Is(err, errWrongChain) {
		t.Errorf("ended with %v", err)
	}
}

// TestFairness: a host carries a wallet's query to the enclave and its answer
// back, and refuses what is none.
func TestFairness(t *testing.T) {
	h := newHost(config(), "a", silent{})
	post := func(size int) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		h.handler().ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/fairness", bytes.NewReader(make([]byte, size))))
		return w
	}
	for _, size := range []int{0, fairness.QuerySize - 1, fairness.QuerySize + 1} {
		if w := post(size); w.Code != http.StatusBadRequest {
			t.Errorf("%d bytes: %d", size, w.Code)
		}
	}
	go func() {
		ask := (<-h.asks.queue).(*boundary.Ask)
		h.asks.answered(&boundary.Answer{Number: ask.Number + 1}) // nobody asked that
		h.asks.answered(&boundary.Answer{Number: ask.Number, Sealed: [fairness.SealedSize]byte{5}})
	}()
	if w := post(fairness.QuerySize); w.Code != http.StatusOK || w.Body.Len() != fairness.SealedSize || w.Body.Bytes()[0] != 5 {
		t.Errorf("%d, %d bytes", w.Code, w.Body.Len())
	}
	for range askQueue {
		if _, _, ok := h.asks.begin([fairness.QuerySize]byte{}); !ok {
			t.Fatal("a query is refused")
		}
	}
	if w := post(fairness.QuerySize); w.Code != http.StatusServiceUnavailable {
		t.Errorf("with a full queue: %d", w.Code)
	}
}

func TestServe(t *testing.T) {
	h := newHost(config(), "a", silent{})
	for _, c := range []struct {
		method, path string
		size, want   int
	}{
		{http.MethodPost, "/peer", boundary.MaxPeer, http.StatusNoContent},
		{http.MethodPost, "/peer", boundary.MaxPeer + 1, http.StatusBadRequest},
		{http.MethodGet, "/peer", 0, http.StatusMethodNotAllowed},
		{http.MethodGet, "/status", 0, http.StatusServiceUnavailable},
		{http.MethodGet, "/", 0, http.StatusNotFound},
	} {
		w := httptest.NewRecorder()
		h.handler().ServeHTTP(w, httptest.NewRequest(c.method, c.path, bytes.NewReader(make([]byte, c.size))))
		if w.Code != c.want {
			t.Errorf("%s %s of %d bytes: %d, want %d", c.method, c.path, c.size, w.Code, c.want)
		}
	}
	for i := 1; i <= inboundQueue; i++ { // one is there already
		want := http.StatusNoContent
		if i == inboundQueue {
			want = http.StatusServiceUnavailable
		}
		w := httptest.NewRecorder()
		h.handler().ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/peer", nil))
		if w.Code != want {
			t.Fatalf("with %d messages waiting: %d, want %d", i, w.Code, want)
		}
	}
}
