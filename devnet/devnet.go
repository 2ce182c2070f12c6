package devnet

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/nightjar/nightjar/circuit/keystore"
	"github.com/nightjar/nightjar/circuit/prove"
	"github.com/nightjar/nightjar/internal/freeport"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/scenario"
)

// Process names; workers' names end in their number.
const (
	nodeName    = "node"
	hostName    = "host-"
	enclaveName = "enclave-"
)

// patience is how long a process may take to stop politely.
const patience = 5 * time.Second

// Net is a devnet that this program may start, stop and change.
type Net struct {
	dir      Dir
	binaries Binaries
	manifest *Manifest
}

// Create makes a new devnet in an empty or absent directory: keys, genesis,
// price file. The proving keys, and the keys that workers will load, are those
// of keystore.Dir, of a ceremony or not. It starts nothing. BAD_FILE if the
// directory holds anything.
func Create(dir Dir, s *scenario.Scenario, workers int, bin Binaries, p *prove.Prover) (*Net, error) {
	if entries, err := os.ReadDir(string(dir)); err == nil && len(entries) > 0 {
		return nil, rejection.New(rejection.BadFile, "%s is not empty; choose another directory or remove it", string(dir))
	}
	if err := os.MkdirAll(string(dir), 0o700); err != nil {
		return nil, err
	}
	tag := make([]byte, 4)
	if _, err := rand.Read(tag); err != nil {
		return nil, err
	}
	ports, err := freeport.Addresses(2 + workers)
	if err != nil {
		return nil, err
	}
	m := &Manifest{
		Warning: warning, Tag: hex.EncodeToString(tag), ChainID: "devnet-" + hex.EncodeToString(tag),
		Workers: workers, RPC: "http://" + ports[0], P2P: ports[1], Hosts: ports[2:],
		Prices: make([]Quote, len(s.Markets)), Running: map[string]int{},
	}
	n := &Net{dir: dir, binaries: bin, manifest: m}
	validator, err := n.initNode()
	if err != nil {
		return nil, err
	}
	if err := dir.makeGenesis(m, s, validator, bin, p); err != nil {
		return nil, err
	}
	genesis, err := os.ReadFile(dir.Genesis())
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir.Node(), "genesis.json"), genesis, 0o644); err != nil {
		return nil, err
	}
	if err := n.writePrices(); err != nil {
		return nil, err
	}
	return n, dir.write(m)
}

// Open returns the devnet in a directory.
func Open(dir Dir, bin Binaries) (*Net, error) {
	m, err := dir.read()
	if err != nil {
		return nil, err
	}
	return &Net{dir: dir, binaries: bin, manifest: m}, nil
}

// Dir returns the devnet's directory and RPC the URL of its node.
func (n *Net) Dir() Dir    { return n.dir }
func (n *Net) RPC() string { return n.manifest.RPC }

// Workers returns how many workers the devnet has; Socket is where one's host
// meets its enclave, and Host the URL that its host serves.
func (n *Net) Workers() int        { return n.manifest.Workers }
func (n *Net) Socket(w int) string { return n.dir.Socket(w, n.manifest) }
func (n *Net) Host(w int) string   { return "http://" + n.manifest.Hosts[w-1] }

// initNode makes the node's home and returns its validator key.
func (n *Net) initNode() (k quorum.Key, err error) {
	if err := os.MkdirAll(n.dir.Node(), 0o700); err != nil {
		return k, err
	}
	prices, err := filepath.Abs(n.dir.Prices())
	if err != nil {
		return k, err
	}
	config := fmt.Sprintf(`# Made by nightjar devnet; nightjard init writes the annotated form.
rpc_listen = %q

[p2p]
listen = %q
local_network = true

[consensus]
block_interval = "400ms"

[oracle]
prices = %q

[mempool]
verifiers = 1
`, strings.TrimPrefix(n.manifest.RPC, "http://"), n.manifest.P2P, prices)
	if err := os.WriteFile(filepath.Join(n.dir.Node(), "config.toml"), []byte(config), 0o600); err != nil {
		return k, err
	}
	out, err := exec.Command(n.binaries.Path("nightjard"), "init", "--home", n.dir.Node(), "--json").Output()
	if err != nil {
		return k, fmt.Errorf("nightjard init: %w", err)
	}
	var id struct {
		ValidatorKey quorum.Key `json:"validator_key"`
	}
	if err := json.Unmarshal(out, &id); err != nil {
		return k, fmt.Errorf("nightjard init: %w", err)
	}
	return id.ValidatorKey, nil
}

// SetPrice sets the validators' quote of a market from now on: they read the
// file again before their next vote.
func (n *Net) SetPrice(id int, price market.Quote) error {
	if id < 0 || id >= len(n.manifest.Prices) {
		return rejection.New(rejection.UnknownMarket, "market %d", id)
	}
	n.manifest.Prices[id] = Quote{Bid: price.Bid, Ask: price.Ask}
	if err := n.writePrices(); err != nil {
		return err
	}
	return n.save(func(m *Manifest) { m.Prices = n.manifest.Prices })
}

func (n *Net) writePrices() error {
	var b strings.Builder
	b.WriteString("# reference prices in quote hub units per lot\nheight,market,bid,ask\n")
	for i, p := range n.manifest.Prices {
		if p.Bid != 0 {
			fmt.Fprintf(&b, "0,%d,%d,%d\n", i, p.Bid, p.Ask)
		}
	}
	return replace(n.dir.Prices(), []byte(b.String()), 0o644)
}

// save changes the manifest on disk, which Mint changes too.
func (n *Net) save(change func(*Manifest)) error {
	m, err := n.dir.update(change)
	if err != nil {
		return err
	}
	n.manifest = m
	return nil
}

func (n *Net) start(name, binary string, args ...string) error {
	if alive(n.manifest.Running[name], binary) {
		return nil
	}
	pid, err := n.dir.spawn(name, n.binaries.Path(binary), args...)
	if err != nil {
		return err
	}
	return n.save(func(m *Manifest) { m.Running[name] = pid })
}

// StartNode starts the node and waits until it makes blocks.
func (n *Net) StartNode(ctx context.Context, height func(context.Context) (uint64, error)) error {
	if err := n.start(nodeName, "nightjard", "start", "--home", n.dir.Node(), "--json"); err != nil {
		return err
	}
	return n.await(ctx, nodeName, "nightjard", func() bool {
		h, err := height(ctx)
		return err == nil && h > 0
	})
}

// await polls until done, or until the process has died.
func (n *Net) await(ctx context.Context, name, binary string, done func() bool) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		if !alive(n.manifest.Running[name], binary) {
			return fmt.Errorf("%s has ended; its log is %s", name, n.dir.Log(name))
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w; its log is %s", name, ctx.Err(), n.dir.Log(name))
		case <-tick.C:
		}
	}
	return nil
}

// StartWorkers starts every worker that is not running: the enclave, which
// waits for its host, and the host.
func (n *Net) StartWorkers() error {
	keys, err := keystore.Dir()
	if err != nil {
		return err
	}
	for w := 1; w <= n.manifest.Workers; w++ {
		if err := n.startWorker(w, keys); err != nil {
			return err
		}
	}
	return nil
}

func (n *Net) startWorker(w int, keys string) error {
	socket := n.dir.Socket(w, n.manifest)
	if err := n.start(fmt.Sprint(enclaveName, w), "nightjar-enclave-sim",
		"--socket", socket, "--genesis", n.dir.Genesis(), "--sim-root", n.dir.SimulatedRoot(),
		"--platform", n.dir.Platform(w), "--keys", keys); err != nil {
		return err
	}
	var peers []string
	for i, h := range n.manifest.Hosts {
		if i != w-1 {
			peers = append(peers, "http://"+h)
		}
	}
	return n.start(fmt.Sprint(hostName, w), "nightjar-host",
		"--node", n.manifest.RPC, "--enclave", "unix:"+socket, "--listen", n.manifest.Hosts[w-1],
		"--peers", strings.Join(peers, ","), "--operator-key", n.dir.OperatorKey(w))
}

// Pids returns the processes of a worker, its enclave's and its host's, that
// are running.
func (n *Net) Pids(w int) []int {
	var out []int
	for name, binary := range map[string]string{
		fmt.Sprint(enclaveName, w): "nightjar-enclave-sim", fmt.Sprint(hostName, w): "nightjar-host",
	} {
		if pid := n.manifest.Running[name]; alive(pid, binary) {
			out = append(out, pid)
		}
	}
	slices.Sort(out)
	return out
}

// Missing returns how many of all the workers' processes are not running. One
// half of a worker is of no use without the other.
func (n *Net) Missing() (missing, all int) {
	all = 2 * n.manifest.Workers
	missing = all
	for w := 1; w <= n.manifest.Workers; w++ {
		missing -= len(n.Pids(w))
	}
	return missing, all
}

// KillWorker ends a worker's processes with SIGKILL.
func (n *Net) KillWorker(w int) error {
	if w < 1 || w > n.manifest.Workers {
		return rejection.New(rejection.UnknownWorker, "worker %d of %d", w, n.manifest.Workers)
	}
	var errs []error
	for _, pid := range n.Pids(w) {
		p, err := os.FindProcess(pid)
		if err == nil {
			err = p.Kill()
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Down stops every process: workers first, the node last.
func (n *Net) Down() {
	for w := 1; w <= n.manifest.Workers; w++ {
		stop(n.manifest.Running[fmt.Sprint(hostName, w)], "nightjar-host", patience)
		stop(n.manifest.Running[fmt.Sprint(enclaveName, w)], "nightjar-enclave-sim", patience)
		_ = os.Remove(n.dir.Socket(w, n.manifest))
	}
	stop(n.manifest.Running[nodeName], "nightjard", patience)
}

// Process is a process of a devnet.
type Process struct {
	Name  string `json:"name"`
	Pid   int    `json:"pid"`
	Alive bool   `json:"alive"`
}

// Processes returns every process that was started, by name.
func (n *Net) Processes() []Process {
	var out []Process
	for name, pid := range n.manifest.Running {
		binary := "nightjard"
		switch {
		case strings.HasPrefix(name, hostName):
			binary = "nightjar-host"
		case strings.HasPrefix(name, enclaveName):
			binary = "nightjar-enclave-sim"
		}
		out = append(out, Process{Name: name, Pid: pid, Alive: alive(pid, binary)})
	}
	slices.SortFunc(out, func(a, b Process) int { return strings.Compare(a.Name, b.Name) })
	return out
}
