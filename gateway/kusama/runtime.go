package kusama

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/crypto/blake2b"

	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/extrinsic"
	"github.com/nightjar/nightjar/substrate/metadata"
	"github.com/nightjar/nightjar/substrate/scale"
	"github.com/nightjar/nightjar/substrate/storage"
)

// Runtime is a runtime that the operator accepted. Metadata is what gives events
// their meaning and no chain proves it, so it is accepted by its hash: a node
// that could choose it could call any event a transfer. Which runtime made a
// block is proven (System.LastRuntimeUpgrade).
type Runtime struct {
	SpecName           string
	SpecVersion        uint32
	TransactionVersion uint32
	Metadata           [32]byte // BLAKE2b-256 of the bare metadata, which state_getMetadata gives
}

// String returns the runtime for people: "westend 9320 (calls 14)".
func (r Runtime) String() string {
	return fmt.Sprintf("%s %d (calls %d)", r.SpecName, r.SpecVersion, r.TransactionVersion)
}

// Describe returns the runtime that metadata is of, to be accepted after the
// operators compared it.
func Describe(b []byte) (Runtime, error) {
	m, err := metadata.Decode(b)
	if err != nil {
		return Runtime{}, err
	}
	v, err := extrinsic.VersionOf(m)
	if err != nil {
		return Runtime{}, err
	}
	return Runtime{v.SpecName, v.SpecVersion, v.TransactionVersion, m.Hash}, nil
}

// maxMetadata bounds a file of metadata.
const maxMetadata = metadata.MaxBytes

// runtimes gives the metadata of accepted runtimes. It keeps them in a directory:
// a node can give a runtime's metadata only while it has the state of a block
// after which it was the chain's.
type runtimes struct {
	accepted []Runtime
	dir      string
	nodes    pool

	mu     sync.Mutex
	loaded map[[32]byte]*metadata.Metadata
}

// lastUpgrade is the key of the runtime that made a block, in the block's own
// state.
func lastUpgrade() []byte { return storage.Prefix("System", "LastRuntimeUpgrade") }

// maxSpecName bounds a runtime's name, in bytes.
const maxSpecName = 256

// of returns the accepted runtime that the proven value of lastUpgrade names:
// RUNTIME_CHANGED if it is none.
func (r *runtimes) of(value []byte) (Runtime, error) {
	in := scale.NewReader(value)
	version, name := in.CompactU32(), in.Str()
	if err := in.Done(); err != nil || len(name) > maxSpecName {
		return Runtime{}, rejection.New(rejection.UnexpectedType, "System.LastRuntimeUpgrade")
	}
	for _, a := range r.accepted {
		if a.SpecName == name && a.SpecVersion == version {
			return a, nil
		}
	}
	return Runtime{}, rejection.New(rejection.RuntimeChanged, "the chain runs %q %d, which was not accepted", name, version)
}

// metadata returns the metadata of an accepted runtime: from memory, from the
// directory, or from a node at a block after which it is the chain's.
func (r *runtimes) metadata(ctx context.Context, of Runtime, at [32]byte) (*metadata.Metadata, error) {
	if m, err := r.kept(of); m != nil || err != nil {
		return m, err
	}
	b, err := ask(ctx, r.nodes, func(n Node) ([]byte, error) {
		b, err := n.Metadata(ctx, at)
		if err == nil && blake2b.Sum256(b) != of.Metadata {
			err = rejection.New(rejection.WrongMetadata, "for %v", of)
		}
		return b, err
	})
	if err != nil {
		return nil, err
	}
	if err := r.keep(of, b); err != nil {
		return nil, err
	}
	return r.load(of, b)
}

// kept returns the metadata that is here already; nil if none is.
func (r *runtimes) kept(of Runtime) (*metadata.Metadata, error) {
	r.mu.Lock()
	m := r.loaded[of.Metadata]
	r.mu.Unlock()
	if m != nil {
		return m, nil
	}
	b, err := os.ReadFile(r.path(of))
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("metadata of %v: %w", of, err)
	case len(b) > maxMetadata || blake2b.Sum256(b) != of.Metadata:
		// Cut short by a crash of the machine, or not ours: a node has it again.
		return nil, nil
	}
	return r.load(of, b)
}

// load decodes metadata and demands what this package relies on.
func (r *runtimes) load(of Runtime, b []byte) (*metadata.Metadata, error) {
	m, err := metadata.Decode(b)
	if err != nil {
		return nil, err
	}
	v, err := extrinsic.VersionOf(m)
	if err != nil {
		return nil, err
	}
	if v != (extrinsic.Version{SpecName: of.SpecName, SpecVersion: of.SpecVersion, TransactionVersion: of.TransactionVersion}) {
		return nil, rejection.New(rejection.WrongMetadata, "accepted for %v, and it is of %q %d (calls %d)", of, v.SpecName, v.SpecVersion, v.TransactionVersion)
	}
	if err := storage.Agree(m); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.loaded == nil {
		r.loaded = map[[32]byte]*metadata.Metadata{}
	}
	r.loaded[of.Metadata] = m
	return m, nil
}

func (r *runtimes) path(of Runtime) string {
	return filepath.Join(r.dir, "metadata-"+hex.EncodeToString(of.Metadata[:])+".scale")
}

// keep stores metadata. The file's name is its hash, so that a reader notices a
// file that a crash cut short.
func (r *runtimes) keep(of Runtime, b []byte) error {
	f, err := os.CreateTemp(r.dir, ".metadata-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone after the rename
	if _, err := f.Write(b); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), r.path(of))
}
