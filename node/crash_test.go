package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/node/store"
)

var errFault = errors.New("injected fault")

// faulty is a store whose durable write of one height fails: not persisted, or
// persisted and not acknowledged. A process that dies around the write leaves
// one of the two.
type faulty struct {
	*store.Store
	height  uint64 // 0 is the genesis
	persist bool
	tripped bool
}

func (f *faulty) trip(height uint64, write func() error) error {
	if f.tripped || height != f.height {
		return write()
	}
	f.tripped = true
	if f.persist {
		if err := write(); err != nil {
			return err
		}
	}
	return errFault
}

func (f *faulty) Reset(hash [32]byte, d ledger.Delta) error {
	return f.trip(0, func() error { return f.Store.Reset(hash, d) })
}

func (f *faulty) Commit(b store.Block) error {
	return f.trip(b.Delta.Height, func() error { return f.Store.Commit(b) })
}

// auditHome audits a stopped node's store and returns its height.
func (m *member) auditHome() uint64 {
	m.Helper()
	s, err := store.Open(m.home.Ledger())
	if err != nil {
		m.Fatal(err)
	}
	defer s.Close()
	return audit(m, m.genesis, s)
}

// TestCrashAroundTheDurableWrite fails the one durable write at the genesis
// and at blocks with and without effects, both ways, and demands each time that
// the node halts with that fault, that the store is whole, and that the
// restarted node goes on with nothing lost and nothing twice.
func TestCrashAroundTheDurableWrite(t *testing.T) {
	for _, height := range []uint64{0, 1, 2, 5, 6, 7} {
		for _, persist := range []bool{false, true} {
			t.Run(fmt.Sprintf("height=%d/persisted=%v", height, persist), func(t *testing.T) {
				t.Parallel()
				crash(t, height, persist)
			})
		}
	}
}

func crash(t *testing.T, height uint64, persist bool) {
	net := newNetwork(t, 1, 100*time.Millisecond)
	m := net.members[0]
	m.wrap = func(s *store.Store) storage { return &faulty{Store: s, height: height, persist: persist} }
	if height == 0 {
		if err := m.tryStart(); !errors.Is(err, errFault) {
			t.Fatalf("started with %v", err)
		}
	} else {
		m.start()
		// Effects in most blocks, so that a half-done one would show.
		for i := range 3 {
			if _, err := m.submit(net.deposit(i, hub, 1000)); err != nil {
				break // the fault came first
			}
			m.submit(m.action(i).Encode())
			next, cancel := context.WithTimeout(t.Context(), 5*m.interval())
			m.node.app.await(next, m.head()+1)
			cancel()
		}
		if err := <-m.outcome; !errors.Is(err, errFault) {
			t.Fatalf("halted with %v", err)
		}
		m.node = nil
		want := height
		if !persist {
			want--
		}
		if got := m.auditHome(); got != want {
			t.Errorf("the store is at height %d, want %d", got, want)
		}
	}
	m.wrap = nil
	m.start()
	m.until(height + 4)
	for i := range 4 {
		m.submit(net.deposit(i, hub, 1000)) // those that were credited are refused
	}
	m.until(m.head() + 3)
	var deposited uint64
	m.node.app.read(func(s *ledger.State) error {
		deposited = s.Pool(hub).Deposited
		return nil
	})
	if deposited != 4000 {
		t.Errorf("%d deposited of 4000", deposited)
	}
	if err := m.stop(); err != nil {
		t.Fatal(err)
	}
	m.auditHome()
}

// childHome tells a test process to be a node.
const childHome = "NIGHTJAR_TEST_CHILD"

// TestChildProcess is the node of spawn; alone it does nothing.
func TestChildProcess(t *testing.T) {
	home := Home(os.Getenv(childHome))
	if home == "" {
		return
	}
	raw, err := os.ReadFile(home.Genesis())
	if err != nil {
		t.Fatal(err)
	}
	var config Config
	text, err := os.ReadFile(filepath.Join(string(home), "config.json"))
	if err == nil {
		err = json.Unmarshal(text, &config)
	}
	if err != nil {
		t.Fatal(err)
	}
	genesis, err := ledger.ParseGenesis(raw)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	n, err := open(ctx, home, config, slog.New(slog.DiscardHandler), parts{raw: raw, genesis: genesis, proofs: new(believe)})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(string(home), "rpc"), []byte(n.RPCAddress()), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := n.Run(ctx); err != nil {
		t.Fatal(err)
	}
}

// spawn starts the node in a process of its own, the child, and returns how to
// kill it.
func (m *member) spawn() (kill func()) {
	m.Helper()
	text, err := json.Marshal(m.config)
	if err != nil {
		m.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(string(m.home), "config.json"), text, 0o600); err != nil {
		m.Fatal(err)
	}
	address := filepath.Join(string(m.home), "rpc")
	os.Remove(address)
	child := exec.Command(os.Args[0], "-test.run=^TestChildProcess$")
	child.Env = append(os.Environ(), childHome+"="+string(m.home))
	if err := child.Start(); err != nil {
		m.Fatal(err)
	}
	var once sync.Once
	kill = func() {
		once.Do(func() {
			child.Process.Kill()
			child.Wait()
		})
	}
	m.Cleanup(kill)
	at := awaitFile(address)
	if at == "" {
		m.Fatal("the child did not start")
	}
	m.rpc = clientOf(at)
	return kill
}

// TestKill kills a node's process with SIGKILL at random moments and audits
// what it left; in the end every deposit is credited once.
func TestKill(t *testing.T) {
	const rounds, seed = 30, 7
	net := newNetwork(t, 1, 10*time.Millisecond)
	m := net.members[0]
	random := rand.New(rand.NewPCG(seed, 0))
	var height uint64
	for round := range rounds {
		kill := m.spawn()
		m.submit(net.deposit(round, hub, 1000)) // its answer may not arrive
		if round == 0 {
			m.blocks(1, 1) // there is something to lose from here on
		}
		time.Sleep(time.Duration(random.IntN(60)) * time.Millisecond)
		kill()
		got := m.auditHome()
		if got < height {
			t.Fatalf("round %d: height %d after %d", round, got, height)
		}
		height = got
	}
	m.start()
	m.until(height + 2)
	before := m.blocks(1, height)
	for i := range rounds {
		m.submit(net.deposit(i, hub, 1000))
	}
	m.until(m.head() + 3)
	m.node.app.read(func(s *ledger.State) error {
		if p := s.Pool(hub); p.Deposited != rounds*1000 {
			t.Errorf("%d deposited of %d", p.Deposited, rounds*1000)
		}
		return nil
	})
	if diff := cmp.Diff(before, m.blocks(1, height), protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
	var leaves uint64
	for _, b := range m.blocks(1, m.head()) {
		for _, e := range b.Entries {
			if d := e.GetDeposited(); d != nil {
				if d.Position != leaves {
					t.Errorf("height %d: a deposit at %d, expected %d", b.Height, d.Position, leaves)
				}
				leaves++
			}
		}
	}
	if leaves != rounds {
		t.Errorf("%d deposits served, %d made", leaves, rounds)
	}
}

// awaitFile polls for a file that another process writes.
func awaitFile(path string) string {
	for end := time.Now().Add(patient); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if b, err := os.ReadFile(path); err == nil && len(b) > 0 {
			return string(b)
		}
	}
	return ""
}
