package devnet

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/nightjar/nightjar/protocol/rejection"
)

// Dir is a devnet's directory.
type Dir string

// Paths of a devnet's files.
func (d Dir) Genesis() string          { return d.join("genesis.json") }
func (d Dir) Prices() string           { return d.join("prices.csv") }
func (d Dir) Node() string             { return d.join("node") }
func (d Dir) ValidatorKey() string     { return filepath.Join(d.Node(), "validator_key.json") }
func (d Dir) Custody() string          { return d.join("custody.json") }
func (d Dir) Treasury() string         { return d.join("treasury.phrase") }
func (d Dir) SimulatedRoot() string    { return d.join("simulated-root.key") }
func (d Dir) Worker(n int) string      { return d.join("worker-" + strconv.Itoa(n)) }
func (d Dir) OperatorKey(n int) string { return filepath.Join(d.Worker(n), "operator.key") }
func (d Dir) Platform(n int) string    { return filepath.Join(d.Worker(n), "platform") }
func (d Dir) Log(name string) string   { return d.join("logs", name+".log") }
func (d Dir) manifest() string         { return d.join("devnet.json") }

// Socket is where worker n's host meets its enclave. Unix socket paths are
// short, so it does not lie in the directory.
func (d Dir) Socket(n int, m *Manifest) string {
	return filepath.Join(os.TempDir(), fmt.Sprintf("nightjar-%s-%d.sock", m.Tag, n))
}

func (d Dir) join(elem ...string) string {
	return filepath.Join(append([]string{string(d)}, elem...)...)
}

// Manifest is what a devnet remembers between commands.
type Manifest struct {
	Warning  string         `json:"warning"`
	Tag      string         `json:"tag"` // of this devnet's sockets
	ChainID  string         `json:"chain_id"`
	Workers  int            `json:"workers"`
	RPC      string         `json:"rpc"`       // URL of the node
	P2P      string         `json:"p2p"`       // host:port
	Hosts    []string       `json:"hosts"`     // host:port of each worker's host
	Prices   []Quote        `json:"prices"`    // of each market
	Deposits uint64         `json:"deposits"`  // the custody's next external reference
	Running  map[string]int `json:"processes"` // pids by process name
}

// Quote is what the validators say of a market, in quote hub units per lot; of
// zeros they say nothing.
type Quote struct {
	Bid uint64 `json:"bid"`
	Ask uint64 `json:"ask"`
}

const warning = "DEVELOPMENT NETWORK: test assets, SIMULATED enclaves, development custody. Nothing here is worth or protects anything."

// read returns the manifest; BAD_FILE if there is no devnet in the directory.
func (d Dir) read() (*Manifest, error) {
	b, err := os.ReadFile(d.manifest())
	if errors.Is(err, os.ErrNotExist) {
		return nil, rejection.New(rejection.BadFile, "no devnet in %s; `nightjar devnet up` makes one", string(d))
	}
	if err != nil {
		return nil, err
	}
	m := new(Manifest)
	if err := json.Unmarshal(b, m); err != nil {
		return nil, rejection.New(rejection.BadFile, "%s: %v", d.manifest(), err)
	}
	if m.ChainID == "" || m.Workers < 1 || m.Workers != len(m.Hosts) || m.Running == nil {
		return nil, rejection.New(rejection.BadFile, "%s is damaged", d.manifest())
	}
	return m, nil
}

// ChainID returns the name of the devnet's chain.
func (d Dir) ChainID() (string, error) {
	m, err := d.read()
	if err != nil {
		return "", err
	}
	return m.ChainID, nil
}

func (d Dir) write(m *Manifest) error { return writeJSON(d.manifest(), m) }

// update changes the manifest under a lock of the directory: the processes of
// two commands may do so at once, and neither may lose what the other wrote.
// The lock ends with the process that holds it.
func (d Dir) update(change func(*Manifest)) (*Manifest, error) {
	if _, err := d.read(); err != nil {
		return nil, err // before a lock file is made where there is no devnet
	}
	lock, err := os.OpenFile(d.join("lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return nil, err
	}
	m, err := d.read()
	if err != nil {
		return nil, err
	}
	change(m)
	return m, d.write(m)
}

// writeJSON replaces a file as a whole: after a crash the old or the new one is
// there.
func writeJSON(path string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return replace(path, append(b, '\n'), 0o600)
}

func replace(path string, content []byte, mode os.FileMode) error {
	temp := path + ".new"
	if err := os.WriteFile(temp, content, mode); err != nil {
		return err
	}
	return os.Rename(temp, path)
}
