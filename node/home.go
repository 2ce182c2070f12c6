package node

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/privval"
)

// Home is a node's directory:
//
//	config.toml         Config
//	genesis.json        the network's genesis
//	validator_key.json  consensus key, secret
//	node_key.json       p2p identity, secret
//	data/               everything the node writes while running
//
// validator_key.json and data/validator_state.json belong together: running
// one key on two machines signs twice.
type Home string

// Paths of a home's files.
func (h Home) Config() string         { return h.join("config.toml") }
func (h Home) Genesis() string        { return h.join("genesis.json") }
func (h Home) ValidatorKey() string   { return h.join("validator_key.json") }
func (h Home) ValidatorState() string { return h.join("data", "validator_state.json") }
func (h Home) NodeKey() string        { return h.join("node_key.json") }
func (h Home) Data() string           { return h.join("data") }
func (h Home) Ledger() string         { return h.join("data", "ledger") }

func (h Home) join(elem ...string) string {
	return filepath.Join(append([]string{string(h)}, elem...)...)
}

// Identity is what a new home tells the makers of a genesis and its peers.
type Identity struct {
	ValidatorKey [32]byte // Ed25519
	NodeID       string
}

// Init makes what is missing of a home: configuration, validator key and node
// key. It never overwrites a file, so repeating it is safe, and returns the
// identity.
func Init(h Home) (Identity, error) {
	if err := os.MkdirAll(h.Data(), 0o700); err != nil {
		return Identity{}, fmt.Errorf("make home: %w", err)
	}
	if err := writeNew(h.Config(), configTemplate); err != nil {
		return Identity{}, err
	}
	if _, err := os.Stat(h.ValidatorKey()); errors.Is(err, fs.ErrNotExist) {
		// The key is written before its state; a crash in between leaves a key
		// that has signed nothing, and the branch below completes it.
		pv := privval.GenFilePV(h.ValidatorKey(), h.ValidatorState())
		pv.Save()
	} else if _, err := os.Stat(h.ValidatorState()); errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(h.Ledger()); err == nil {
			return Identity{}, fmt.Errorf("%s is missing but the node has run: restore it, or the validator may sign twice", h.ValidatorState())
		}
		privval.LoadFilePVEmptyState(h.ValidatorKey(), h.ValidatorState()).Save()
	}
	if _, err := p2p.LoadOrGenNodeKey(h.NodeKey()); err != nil {
		return Identity{}, fmt.Errorf("node key: %w", err)
	}
	return h.Identity()
}

// Identity reads the public halves of the home's keys.
func (h Home) Identity() (id Identity, err error) {
	for _, path := range []string{h.ValidatorKey(), h.ValidatorState(), h.NodeKey()} {
		if _, err := os.Stat(path); err != nil {
			return id, fmt.Errorf("home is not initialised: %w", err) // the loader would end the process
		}
	}
	key, err := privval.LoadFilePV(h.ValidatorKey(), h.ValidatorState()).GetPubKey()
	if err != nil {
		return id, fmt.Errorf("validator key: %w", err)
	}
	copy(id.ValidatorKey[:], key.Bytes())
	node, err := p2p.LoadNodeKey(h.NodeKey())
	if err != nil {
		return id, fmt.Errorf("node key: %w", err)
	}
	id.NodeID = string(node.ID())
	return id, nil
}

// writeNew writes a file that must not exist; an existing one is left alone.
func writeNew(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("write: %w", err)
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Close())
}
