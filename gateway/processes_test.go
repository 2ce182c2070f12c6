package gateway

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/rpc"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/nightjar/nightjar/gateway/journal"
	"github.com/nightjar/nightjar/gateway/signer"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/vault"
)

// patience bounds every wait of these tests.
const patience = 2 * time.Minute

// processWorld is a Nightjar, an external chain, and gateways between them that
// are processes. Time passes by blocks; each one is read by every process that
// lives before the next is made.
type processWorld struct {
	*testing.T
	hub     *hub
	outside *outside
	dir     string
	sites   []*processSite
	ctx     context.Context // ends when the processes have to
	cancel  func()
	close   func()
	wait    sync.WaitGroup

	mu     sync.Mutex
	ticks  int
	ticked chan struct{} // closed with the next one
}

// processSite is where a gateway's process runs, again and again.
type processSite struct {
	w       *processWorld
	name    string
	public  *net.TCPListener // held here: the addresses outlive the process
	private *net.TCPListener
	http    *http.Client

	// Below is the world's mu's.
	script func(died []Dying) []death // of the next life
	away   int                        // blocks that pass before it lives again
	down   bool                       // until time has passed
	back   int                        // tick with which it lives again
	told   int                        // tick of the newest block that this life was told of
	done   int                        // tick of the newest block after which a round has ended
	said   *Dying                     // this life's last words
	died   []Dying                    // all lives'
	fault  error
}

func newProcessWorld(t *testing.T) *processWorld {
	ctx, cancel := context.WithCancel(t.Context())
	// The path of a socket is short.
	dir, err := os.MkdirTemp("", "kill")
	if err != nil {
		t.Fatal(err)
	}
	w := &processWorld{T: t, hub: newHub(signersOf(2, "a", "b", "c")), outside: newOutside(), dir: dir, ctx: ctx, cancel: cancel, ticked: make(chan struct{})}
	listener, err := net.Listen("unix", filepath.Join(dir, "parent"))
	if err != nil {
		t.Fatal(err)
	}
	server := rpc.NewServer()
	if err := server.RegisterName("Parent", parent{w}); err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go server.ServeConn(c)
		}
	}()
	for _, name := range []string{"a", "b", "c"} {
		s := &processSite{w: w, name: name, http: &http.Client{Timeout: 5 * time.Second}}
		for _, l := range []**net.TCPListener{&s.public, &s.private} {
			if *l, err = net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}); err != nil {
				t.Fatal(err)
			}
		}
		seed := [ed25519.SeedSize]byte(testKey(name).Seed())
		if _, err := signer.Create(s.life().keyFile(), keyPassword, seed, 4); err != nil {
			t.Fatal(err)
		}
		w.sites = append(w.sites, s)
	}
	w.close = func() {
		cancel()
		w.wait.Wait()
		listener.Close()
		for _, s := range w.sites {
			s.http.CloseIdleConnections()
			s.public.Close()
			s.private.Close()
			if t.Failed() {
				log, _ := os.ReadFile(filepath.Join(dir, s.name+".log"))
				t.Logf("%s: died %v\n%s", s.name, s.died, log)
			}
		}
		os.RemoveAll(dir)
	}
	return w
}

func (w *processWorld) site(name string) *processSite {
	return w.sites[slices.IndexFunc(w.sites, func(s *processSite) bool { return s.name == name })]
}

func (s *processSite) life() life {
	l := life{Name: s.name, Dir: s.w.dir, Socket: filepath.Join(s.w.dir, "parent")}
	for _, other := range s.w.sites {
		if other != s {
			l.Peers = append(l.Peers, "http://"+other.public.Addr().String())
		}
	}
	return l
}

func (s *processSite) note(d Dying) {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	s.said = &d
	if s.away > 0 {
		s.down, s.back = true, s.w.ticks+s.away
	}
}

// idle bounds the wait of a process for the next block.
const idle = 50 * time.Millisecond

// beginsRound returns when there is a block that the process was not told of, or
// some time has passed: processes that ask in vain would take the machine. That
// it is called says that the last round has ended.
func (s *processSite) beginsRound() {
	s.w.mu.Lock()
	s.done = max(s.done, s.told)
	ticked := s.w.ticked
	if s.told < s.w.ticks {
		ticked = nil
		s.told = s.w.ticks
	}
	s.w.mu.Unlock()
	if ticked == nil {
		return
	}
	select {
	case <-ticked:
	case <-time.After(idle):
	}
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	s.told = s.w.ticks
}

// mind starts the process and starts it again when it has died as it should.
func (s *processSite) mind() {
	for {
		s.w.mu.Lock()
		l := s.life()
		if s.script != nil {
			l.Deaths = s.script(s.died)
		}
		s.said, s.told = nil, 0
		s.w.mu.Unlock()
		err := s.live(l)
		s.w.mu.Lock()
		var exit *exec.ExitError
		switch {
		case s.said != nil && errors.As(err, &exit) && endedBy(exit.ProcessState) == syscall.SIGKILL:
		case s.w.ctx.Err() != nil && err == nil:
			s.w.mu.Unlock()
			return
		default:
			s.fault = fmt.Errorf("%s ended: %w", s.name, err)
			s.w.mu.Unlock()
			return
		}
		s.died = append(s.died, *s.said)
		s.w.mu.Unlock()
		for s.isDown() && s.w.ctx.Err() == nil {
			time.Sleep(time.Millisecond)
		}
	}
}

func (s *processSite) isDown() bool {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	return s.down
}

// live runs the process until it ends.
func (s *processSite) live(l life) error {
	text, err := json.Marshal(l)
	if err != nil {
		return err
	}
	log, err := os.OpenFile(filepath.Join(s.w.dir, s.name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	c := exec.CommandContext(s.w.ctx, os.Args[0])
	c.Env = append(os.Environ(), processLife+"="+string(text))
	c.Stderr = log
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) }
	c.WaitDelay = patience
	leash, hold, err := os.Pipe() // at its end the process ends too
	if err != nil {
		return err
	}
	defer leash.Close()
	defer hold.Close()
	c.Stdin = leash
	for _, l := range []*net.TCPListener{s.public, s.private} {
		f, err := l.File()
		if err != nil {
			return err
		}
		defer f.Close()
		c.ExtraFiles = append(c.ExtraFiles, f)
	}
	err = c.Run()
	if s.w.ctx.Err() != nil && (c.ProcessState == nil || c.ProcessState.Success() || endedBy(c.ProcessState) == syscall.SIGTERM) {
		return nil // as it was asked to
	}
	return err
}

// endedBy returns the signal that ended a process.
func endedBy(p *os.ProcessState) syscall.Signal {
	return p.Sys().(syscall.WaitStatus).Signal()
}

// await waits until something is so.
func (w *processWorld) await(what string, done func() bool) {
	w.Helper()
	for end := time.Now().Add(patience); !done(); time.Sleep(time.Millisecond) {
		for _, s := range w.sites {
			s.w.mu.Lock()
			fault := s.fault
			s.w.mu.Unlock()
			if fault != nil {
				w.Fatal(fault)
			}
		}
		if time.Now().After(end) {
			w.Fatalf("never: %s", what)
		}
	}
}

// tick lets time pass by a block of each chain, and waits until every process
// that is not down has read it: until it has gone through a whole round.
func (w *processWorld) tick(txs ...[]byte) {
	w.Helper()
	w.hub.block(txs...)
	w.outside.block()
	w.mu.Lock()
	w.ticks++
	now := w.ticks
	close(w.ticked)
	w.ticked = make(chan struct{})
	for _, s := range w.sites {
		s.down = s.down && now < s.back
	}
	w.mu.Unlock()
	w.await("the block is read", func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return !slices.ContainsFunc(w.sites, func(s *processSite) bool { return !s.down && s.done < now })
	})
}

func (w *processWorld) until(what string, done func() bool) {
	w.Helper()
	for range 1000 {
		if done() {
			return
		}
		w.tick()
	}
	for _, s := range w.sites {
		var status Status
		ok := s.ask(s.private, http.MethodGet, "/status", nil, &status)
		b, _ := json.MarshalIndent(status, "", " ")
		w.Logf("%s: %v %s", s.name, ok, b)
	}
	w.Fatalf("never: %s", what)
}

// ask reports whether the process answers well; one that is down does not.
func (s *processSite) ask(at net.Listener, method, path string, send, into any) bool {
	if s.isDown() {
		return false
	}
	var body []byte
	if send != nil {
		body, _ = json.Marshal(send)
	}
	req, err := http.NewRequestWithContext(s.w.ctx, method, "http://"+at.Addr().String()+path, bytes.NewReader(body))
	if err != nil {
		s.w.Fatal(err)
	}
	res, err := s.http.Do(req)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	return res.StatusCode == http.StatusOK && json.NewDecoder(res.Body).Decode(into) == nil
}

func (s *processSite) status() (status Status, ok bool) {
	ok = s.ask(s.private, http.MethodGet, "/status", nil, &status)
	return status, ok
}

// everybody reports whether every process answers with a status that is so.
func (w *processWorld) everybody(is func(Status) bool) bool {
	return !slices.ContainsFunc(w.sites, func(s *processSite) bool {
		status, ok := s.status()
		return !ok || !is(status)
	})
}

func (w *processWorld) balance(of vault.Account) uint64 {
	w.outside.mu.Lock()
	defer w.outside.mu.Unlock()
	return w.outside.balances[of]
}

func (w *processWorld) claim(id custody.ClaimID) custody.Result {
	w.hub.mu.Lock()
	defer w.hub.mu.Unlock()
	return w.hub.claims[id].Closed
}

func (w *processWorld) deposited() (total uint64, deposits int) {
	w.hub.mu.Lock()
	defer w.hub.mu.Unlock()
	return w.hub.pool.Deposited, len(w.hub.deposits)
}

// start starts the processes. What custody holds by then is nobody's deposit.
func (w *processWorld) start() {
	w.outside.balances[w.custody()] = 1_000_000_000
	w.outside.block()
	for _, s := range w.sites {
		w.wait.Go(s.mind)
	}
}

func (w *processWorld) custody() vault.Account {
	account, _ := adapter{w.outside, vault.Account{}}.Custody(signersOf(2, "a", "b", "c"))
	return account
}

// end has the processes end and returns the kinds of the records in each one's
// journal.
func (w *processWorld) end() map[string]map[uint8]bool {
	w.Helper()
	w.cancel()
	w.wait.Wait()
	kinds := map[string]map[uint8]bool{}
	for _, s := range w.sites {
		if s.fault != nil {
			w.Error(s.fault)
		}
		j, batches, err := journal.Open(s.life().journal(), identity(chainID, chainNumber, publicKey(testKey(s.name))))
		if err != nil {
			w.Fatal(err)
		}
		j.Close()
		kinds[s.name] = map[uint8]bool{}
		for _, batch := range batches[1:] { // the first one is Head's to die around
			for _, record := range batch {
				kinds[s.name][record[0]] = true
			}
		}
	}
	return kinds
}
