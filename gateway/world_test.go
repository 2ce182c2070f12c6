package gateway

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/nightjar/nightjar/client/gate"
	"github.com/nightjar/nightjar/gateway/signer"
	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/vault"
)

// memoryKey is a signer's key that is kept nowhere.
type memoryKey struct{ ed25519.PrivateKey }

func (k memoryKey) Public() quorum.Key { return publicKey(k.PrivateKey) }
func (k memoryKey) Sign(message []byte) ([64]byte, error) {
	return [64]byte(ed25519.Sign(k.PrivateKey, message)), nil
}
func (memoryKey) Close() error { return nil }

// world is a Nightjar, an external chain, and gateways between them, which take
// turns: what happens is a function of the test.
type world struct {
	*testing.T
	hub     *hub
	outside *outside
	sites   []*site
}

// site is where a gateway runs, again and again.
type site struct {
	w       *world
	name    string
	journal string
	g       *Gateway
	stop    func()
	deaths  int
	steps   int // appends to the journal
	dieAt   int // at which the process dies; 0: never
	after   bool
	durable []vault.Record
}

func newWorld(t *testing.T, names ...string) *world {
	w := &world{T: t, hub: newHub(signersOf(2, "a", "b", "c")), outside: newOutside()}
	dir := t.TempDir()
	for _, n := range names {
		s := &site{w: w, name: n, journal: filepath.Join(dir, n)}
		w.sites = append(w.sites, s)
	}
	for _, s := range w.sites {
		s.boot()
	}
	t.Cleanup(func() {
		for _, s := range w.sites {
			s.stop()
		}
	})
	return w
}

// silent is a listener that nobody uses: turns call the handlers themselves.
type silent struct{ net.Listener }

func (s *site) config() Config {
	key := testKey(s.name)
	var peers []string
	for _, other := range s.w.sites {
		if other != s {
			peers = append(peers, "http://"+other.name)
		}
	}
	return Config{
		Node: s.w.hub, Trust: func([]byte) error { return nil },
		Adapter: adapter{s.w.outside, vault.Account(publicKey(key))}, Signer: signer.New(memoryKey{key}, chainID),
		Vault: vault.Config{
			ChainID: chainID, Chain: chainNumber, Key: publicKey(key), Watched: 3,
			Default: vault.Limit{Rate: 1e15, Window: 10, MaxDelay: 20, Existential: amount.WideOf(1000)},
		},
		Name: "outside", Journal: s.journal, Peers: peers, Public: silent{}, Private: silent{},
		Anchors: AnchorPolicy{Every: 50, Grace: 20},
		Pace:    Pace{Round: time.Millisecond, Peer: time.Millisecond, Reconcile: 1},
		Log:     slog.New(slog.DiscardHandler),
	}
}

var errKilled = errors.New("killed")

// mortal is a journal whose process dies at one of its steps. It also demands
// that no effect is queued that is not durable.
type mortal struct {
	appender
	site *site
}

func (m mortal) Append(batch [][]byte) error {
	s := m.site
	s.audit()
	s.steps++
	if s.steps == s.dieAt && !s.after {
		return errKilled
	}
	if err := m.appender.Append(batch); err != nil {
		return err
	}
	for _, b := range batch {
		if r, err := vault.Decode(b); err == nil {
			s.durable = append(s.durable, r)
		}
	}
	if s.steps == s.dieAt {
		return errKilled
	}
	return nil
}

// audit demands of every effect that waits that the decision is in the journal.
func (s *site) audit() {
	s.w.Helper()
	b := s.g.core.effects
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.list {
		ok := true
		switch e := e.(type) {
		case vault.Submit:
			ok = slices.ContainsFunc(s.durable, func(r vault.Record) bool {
				p, is := r.(vault.Prepared)
				return is && p.Attempt.Hash == e.Attempt.Hash
			})
		case vault.Sign:
			id := about(chainID, e.Statement)
			ok = slices.ContainsFunc(s.durable, func(r vault.Record) bool {
				switch r := r.(type) {
				case vault.Attested:
					return r.Deposit == id
				case vault.Decided:
					return r.Claim == id
				}
				return false
			})
		}
		if !ok {
			s.w.Errorf("%s: %T before its decision is durable", s.name, e)
		}
	}
}

// route carries requests to the other sites' handlers.
type route struct{ w *world }

func (r route) RoundTrip(req *http.Request) (*http.Response, error) {
	for _, s := range r.w.sites {
		if s.name == req.URL.Host && s.g != nil {
			rec := httptest.NewRecorder()
			s.g.public().ServeHTTP(rec, req)
			return rec.Result(), nil
		}
	}
	return nil, errAway
}

func (s *site) boot() {
	s.w.Helper()
	g, stop, err := open(s.w.Context(), s.config())
	if err != nil {
		s.w.Fatalf("%s: %v", s.name, err)
	}
	s.g, s.stop = g, stop
	g.core.journal = mortal{g.core.journal, s}
	for _, b := range []*bucket{g.limits.read, g.limits.peers, g.limits.announce, g.limits.look} {
		b.rate, b.burst, b.left = 1e9, 1e9, 1e9
	}
	for _, p := range g.peers {
		p.http.Transport = route{s.w}
	}
}

// kill ends the process and starts it again from its journal.
func (s *site) kill() {
	s.deaths++
	s.stop()
	s.boot()
}

// drain empties a mailbox.
func drain[T any](b *mailbox[T]) []T {
	b.mu.Lock()
	defer b.mu.Unlock()
	items := b.list
	b.list = nil
	return items
}

// turn does what the gateway's loops do, once each; it ends where the process
// dies.
func (s *site) turn() {
	g, ctx := s.g, s.w.Context()
	run := func(err error) bool {
		if g.core.isFailed() {
			if !errors.Is(g.core.fault, errKilled) {
				s.w.Fatalf("%s: %v", s.name, g.core.fault)
			}
			s.kill()
			return false
		}
		if err != nil {
			s.w.Fatalf("%s: %v", s.name, err)
		}
		return true
	}
	if !run(g.round(ctx)) {
		return
	}
	s.audit()
	for range 4 { // effects have effects
		for _, e := range drain(g.core.effects) {
			g.dispatch(e)
		}
		for _, x := range drain(g.inbox.sign) {
			if !run(g.signed(ctx, x)) {
				return
			}
		}
		for _, x := range drain(g.inbox.submit) {
			if !run(g.submit(ctx, x)) {
				return
			}
		}
		for _, x := range drain(g.inbox.prepare) {
			if !run(g.prepare(ctx, x)) {
				return
			}
		}
		for _, x := range drain(g.inbox.send) {
			if !run(g.send(ctx, x)) {
				return
			}
		}
	}
	for _, p := range g.peers {
		_, err := g.askPeer(ctx, p)
		g.judgePeer(p, err)
		if !run(nil) {
			return
		}
	}
}

// tick lets time pass by a block of each chain.
func (w *world) tick(txs ...[]byte) {
	w.hub.block(txs...)
	w.outside.block()
	for _, s := range w.sites {
		s.turn()
	}
}

// until lets time pass until something is so.
func (w *world) until(what string, done func() bool) {
	w.Helper()
	for range 600 {
		if done() {
			return
		}
		w.tick()
	}
	for _, s := range w.sites {
		b, _ := json.MarshalIndent(s.g.status(), "", " ")
		w.Logf("%s: %s", s.name, b)
	}
	w.Fatalf("never: %s", what)
}

// call asks a handler.
func call(w *world, h http.Handler, method, path string, body any, into any) int {
	w.Helper()
	var send io.Reader
	switch b := body.(type) {
	case nil:
	case []byte:
		send = bytes.NewReader(b)
	default:
		raw, err := json.Marshal(body)
		if err != nil {
			w.Fatal(err)
		}
		send = bytes.NewReader(raw)
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest(method, path, send).WithContext(w.Context()))
	if into != nil && rec.Code == http.StatusOK {
		d := json.NewDecoder(rec.Body)
		d.DisallowUnknownFields()
		if err := d.Decode(into); err != nil {
			w.Fatalf("%s %s: %d: %v", method, path, rec.Code, err)
		}
	}
	return rec.Code
}

// announce tells every gateway of an owner and returns their address.
func (w *world) announce(owner field.Element, block *gate.Hash) (account vault.Account) {
	w.Helper()
	for _, s := range w.sites {
		var got gate.Watched
		w.until("an announcement is taken", func() bool {
			return call(w, s.g.public(), http.MethodPost, "/v1/watch", gate.Watch{Asset: ksm, Owner: owner.Bytes(), Block: block}, &got) == http.StatusOK
		})
		account = vault.Account(got.Account)
	}
	return account
}

func (w *world) custody() vault.Account {
	a, _ := adapter{w.outside, vault.Account{}}.Custody(w.hub.signers)
	return a
}

// deposits returns an owner's deposits as a gateway tells them.
func (s *site) deposits(owner field.Element) []gate.Deposit {
	var got gate.Deposits
	call(s.w, s.g.public(), http.MethodGet, "/v1/deposits?owner="+gate.Hash(owner.Bytes()).String(), nil, &got)
	return got.Deposits
}

// all reports whether every site is so.
func (w *world) all(is func(*site) bool) bool {
	return !slices.ContainsFunc(w.sites, func(s *site) bool { return !is(s) })
}
