//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nightjar/nightjar/circuit/keystore"
	"github.com/nightjar/nightjar/circuit/prove"
	"github.com/nightjar/nightjar/client"
	"github.com/nightjar/nightjar/devnet"
	"github.com/nightjar/nightjar/scenario"
	"github.com/nightjar/nightjar/wallet"
	"github.com/nightjar/nightjar/wallet/home"
	"github.com/nightjar/nightjar/wallet/remote"
)

// poll is how often a condition that has no event is looked at.
const poll = 100 * time.Millisecond

// network is a running devnet.
type network struct {
	*devnet.Net
	dir     string // of everything, wallets included
	bin     string // of the product's binaries
	genesis []byte
	prover  *prove.Prover
	client  *client.Client
	rules   *scenario.Scenario // assets and markets

	traders  []*trader
	treasury *trader       // a witness alone
	chain    *remote.Chain // what the witnesses read
	params   wallet.Params // at the height of the witnesses
}

// workDir returns a directory that stays if the test fails.
func workDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "nightjar-e2e-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log("everything of this run is in", dir)
		} else if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// binaries returns a directory with the product's binaries: NIGHTJAR_E2E_BIN,
// or freshly built.
func binaries(t *testing.T, dir string) string {
	t.Helper()
	if bin := os.Getenv("NIGHTJAR_E2E_BIN"); bin != "" {
		return bin
	}
	bin := filepath.Join(dir, "bin")
	c := exec.Command("go", "build", "-tags", "simulated", "-o", bin+string(filepath.Separator), "./cmd/...")
	c.Dir = ".."
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return bin
}

// start makes a devnet with the assets and markets of rules and starts all of
// it. It is stopped when the test ends.
func start(ctx context.Context, t *testing.T, rules *scenario.Scenario) *network {
	t.Helper()
	n := &network{dir: workDir(t), rules: rules}
	n.bin = binaries(t, n.dir)
	bin, err := devnet.BinariesIn(n.bin)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := keystore.Dir()
	if err != nil {
		t.Fatal(err)
	}
	if n.prover, err = keystore.Open(keys, nil, prove.Names()...); err != nil {
		t.Fatal(err)
	}
	if n.Net, err = devnet.Create(devnet.Dir(filepath.Join(n.dir, "devnet")), rules, 3, bin, n.prover); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.Down)
	if n.genesis, err = os.ReadFile(n.Dir().Genesis()); err != nil {
		t.Fatal(err)
	}
	parsed, err := client.ParseGenesis(n.genesis)
	if err != nil {
		t.Fatal(err)
	}
	if n.client, err = client.New(n.RPC(), parsed, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.client.Close)
	n.chain = remote.New(n.client)
	for _, step := range rules.Steps {
		if p, ok := step.Do.(scenario.Price); ok {
			if err := n.SetPrice(p.Market, p.Price); err != nil {
				t.Fatal(err)
			}
		}
	}
	n.restart(ctx, t)
	n.newTreasury(t)
	return n
}

// restart starts whatever is not running and waits until the node makes blocks.
func (n *network) restart(ctx context.Context, t *testing.T) {
	t.Helper()
	if err := n.StartNode(ctx, n.height); err != nil {
		t.Fatal(err)
	}
	if err := n.StartWorkers(); err != nil {
		t.Fatal(err)
	}
}

func (n *network) height(ctx context.Context) (uint64, error) {
	s, err := n.client.Status(ctx)
	if err != nil {
		return 0, err
	}
	return s.Height, nil
}

// await waits until a condition holds. An error is asked again: what it asks
// may just be starting.
func await(ctx context.Context, t *testing.T, what string, limit time.Duration, done func(context.Context) (bool, error)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	tick := time.NewTicker(poll)
	defer tick.Stop()
	var last error
	for {
		ok, err := done(ctx)
		if ok && err == nil {
			return
		}
		if err != nil && ctx.Err() == nil {
			last = err
		}
		select {
		case <-ctx.Done():
			t.Fatalf("not within %v: %s; last: %v", limit, what, last)
		case <-tick.C:
		}
	}
}

// awaitBlocks waits until the chain has grown past a height: the node lives.
func (n *network) awaitBlocks(ctx context.Context, t *testing.T, past uint64) {
	t.Helper()
	await(ctx, t, "new blocks", 5*time.Minute, func(ctx context.Context) (bool, error) {
		h, err := n.height(ctx)
		return h > past, err
	})
}

// awaitBook waits until every worker is registered and holds the book of a
// running epoch.
func (n *network) awaitBook(ctx context.Context, t *testing.T) {
	t.Helper()
	await(ctx, t, "every worker holds the book", 4*time.Minute, func(ctx context.Context) (bool, error) {
		for w := 1; w <= n.Workers(); w++ {
			ok, err := n.holdsBook(ctx, w)
			if err != nil || !ok {
				return false, err
			}
		}
		return true, nil
	})
}

// holdsBook asks a worker's host.
func (n *network) holdsBook(ctx context.Context, w int) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, n.Host(w)+"/status", nil)
	if err != nil {
		return false, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return false, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return false, nil
	}
	var s struct {
		Registered bool `json:"registered"`
		Holds      bool `json:"holds_book"`
	}
	err = json.NewDecoder(res.Body).Decode(&s)
	return s.Registered && s.Holds, err
}

// kill ends processes of the devnet with SIGKILL, by the starts of their names,
// and waits until they are gone.
func (n *network) kill(ctx context.Context, t *testing.T, names ...string) {
	t.Helper()
	hit := func(p devnet.Process) bool {
		return p.Alive && slices.ContainsFunc(names, func(name string) bool { return strings.HasPrefix(p.Name, name) })
	}
	for _, p := range n.Processes() {
		if hit(p) {
			if err := syscall.Kill(p.Pid, syscall.SIGKILL); err != nil {
				t.Fatalf("kill %s: %v", p.Name, err)
			}
		}
	}
	await(ctx, t, "the killed are gone", time.Minute, func(context.Context) (bool, error) {
		return !slices.ContainsFunc(n.Processes(), hit), nil
	})
}

// terms are the chain's constants as a wallet needs them.
func (n *network) terms() wallet.Terms {
	g := n.client.Genesis()
	return wallet.Terms{ChainID: g.ChainID, AnchorInterval: g.AnchorInterval, FeeAsset: g.FeeAsset}
}

func (n *network) options(dir string) home.Options {
	return home.Options{Dir: dir, Password: password, Node: n.RPC(), Genesis: n.genesis, Prover: home.Loaded{Prover: n.prover}}
}
