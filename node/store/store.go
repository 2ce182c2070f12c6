package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"

	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/tree"
)

// Key spaces beside the ledger's own ('s', 'd', 'm').
const (
	spaceLeaf    = 'l' // position → leaf of the commitment tree
	spaceSpent   = 'n' // index → nullifier, in the log's order
	spaceCompact = 'c' // height → compact block
	spaceTx      = 't' // transaction id → what became of it
	spacePending = 'p' // action id → its execution's entry, between admission and execution
	spaceExtra   = 'x' // registrations, genesis hash
)

var genesisKey = []byte{spaceExtra, 'g'}

// Row is one pair that the node keeps for its readers, outside of the ledger;
// a nil value deletes the key.
type Row struct{ Key, Value []byte }

// Block is everything that one block changes on disk.
type Block struct {
	Delta   ledger.Delta
	Compact []byte // the encoded compact block
	Rows    []Row  // from TxRow and WorkerRow
}

// Store is an open store.
type Store struct{ db *pebble.DB }

// Open opens the store in dir, making it if there is none.
func Open(dir string) (*Store, error) {
	opts := &pebble.Options{Logger: quiet{}, MemTableSize: 16 << 20}
	// Most look-ups are for nullifiers that are not there.
	for i := range opts.Levels {
		opts.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
	}
	db, err := pebble.Open(dir, opts)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	return &Store{db: db}, nil
}

// quiet drops pebble's account of its compactions; what goes wrong reaches the
// caller as an error.
type quiet struct{}

func (quiet) Infof(string, ...any)  {}
func (quiet) Errorf(string, ...any) {}
func (quiet) Fatalf(format string, args ...any) {
	panic(fmt.Sprintf("store: "+format, args...))
}

// Close closes the store; Views must be closed before.
func (s *Store) Close() error { return s.db.Close() }

// Reset makes the store that of a chain at height 0. A crash leaves either
// nothing or all of it, and CometBFT asks again if nothing was decided yet.
func (s *Store) Reset(genesisHash [32]byte, d ledger.Delta) error {
	batch := s.db.NewBatch()
	defer batch.Close()
	if err := batch.DeleteRange([]byte{0}, []byte{0xff}, nil); err != nil {
		return fmt.Errorf("reset store: %w", err)
	}
	if err := batch.Set(genesisKey, genesisHash[:], nil); err != nil {
		return fmt.Errorf("reset store: %w", err)
	}
	return s.commit(batch, Block{Delta: d})
}

// GenesisHash returns what Reset was given; ok is false in a new store.
func (s *Store) GenesisHash() (h [32]byte, ok bool) {
	v, ok := s.Get(genesisKey)
	copy(h[:], v)
	return h, ok && len(v) == len(h)
}

// Commit writes a block. On an error the caller must stop: the store is at
// this block or at the one before, and only opening it again tells.
func (s *Store) Commit(b Block) error {
	batch := s.db.NewBatch()
	defer batch.Close()
	return s.commit(batch, b)
}

func (s *Store) commit(batch *pebble.Batch, b Block) error {
	var errs []error
	set := func(key, value []byte) { errs = append(errs, batch.Set(key, value, nil)) }
	put := func(key, value []byte) {
		if value == nil {
			errs = append(errs, batch.Delete(key, nil))
		} else {
			set(key, value)
		}
	}
	for _, w := range b.Delta.Writes {
		put(w.Key, w.Value)
	}
	for i, leaf := range b.Delta.Leaves {
		v := leaf.Bytes()
		set(numbered(spaceLeaf, b.Delta.First+uint64(i)), v[:])
	}
	for i, nf := range b.Delta.Spent {
		v := nf.Bytes()
		set(numbered(spaceSpent, b.Delta.FirstSpent+uint64(i)), v[:])
	}
	if b.Compact != nil {
		set(numbered(spaceCompact, b.Delta.Height), b.Compact)
	}
	for _, r := range b.Rows {
		put(r.Key, r.Value)
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("block %d: %w", b.Delta.Height, err)
	}
	// The one durable write of a node's ledger. Before it returns nothing of
	// the block is promised; after it CometBFT may forget the block.
	if err := batch.Commit(pebble.Sync); err != nil {
		return fmt.Errorf("block %d: %w", b.Delta.Height, err)
	}
	return nil
}

func numbered(space byte, n uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{space}, n)
}

// Get implements ledger.Backing over the newest state.
func (s *Store) Get(key []byte) ([]byte, bool) { return get(s.db, key) }

// Range implements ledger.Backing over the newest state.
func (s *Store) Range(prefix []byte, fn func(key, value []byte) bool) { scan(s.db, prefix, fn) }

// Compact returns the compact block of a height.
func (s *Store) Compact(height uint64) ([]byte, bool) { return s.Get(numbered(spaceCompact, height)) }

// View is the store as it is now, whatever is committed later.
func (s *Store) View() *View { return &View{snapshot: s.db.NewSnapshot()} }

// View is the store at one height. It implements ledger.Backing.
type View struct{ snapshot *pebble.Snapshot }

// Get implements ledger.Backing.
func (v *View) Get(key []byte) ([]byte, bool) { return get(v.snapshot, key) }

// Range implements ledger.Backing.
func (v *View) Range(prefix []byte, fn func(key, value []byte) bool) { scan(v.snapshot, prefix, fn) }

// Close lets the store forget what was overwritten since.
func (v *View) Close() error { return v.snapshot.Close() }

func get(r pebble.Reader, key []byte) ([]byte, bool) {
	value, closer, err := r.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, false
	}
	if err != nil {
		panic(fmt.Sprintf("store: read: %v", err))
	}
	out := bytes.Clone(value)
	if out == nil {
		out = []byte{} // an empty value is not an absent one
	}
	if err := closer.Close(); err != nil {
		panic(fmt.Sprintf("store: read: %v", err))
	}
	return out, true
}

func scan(r pebble.Reader, prefix []byte, fn func(key, value []byte) bool) {
	it, err := r.NewIter(&pebble.IterOptions{LowerBound: prefix, UpperBound: after(prefix)})
	if err != nil {
		panic(fmt.Sprintf("store: read: %v", err))
	}
	for ok := it.First(); ok && fn(it.Key(), it.Value()); ok = it.Next() {
	}
	if err := errors.Join(it.Error(), it.Close()); err != nil {
		panic(fmt.Sprintf("store: read: %v", err))
	}
}

// after returns the first key that is after every key with the prefix; nil if
// there is none.
func after(prefix []byte) []byte {
	end := bytes.Clone(prefix)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i]++; end[i] != 0 {
			return end[:i+1]
		}
	}
	return nil
}

// Leaf returns a leaf of the commitment tree.
func (s *Store) Leaf(position uint64) (field.Element, bool) {
	v, ok := s.Get(numbered(spaceLeaf, position))
	if !ok {
		return field.Element{}, false
	}
	e, err := field.FromBytes(v)
	if err != nil {
		panic(fmt.Sprintf("store: damaged leaf %d: %v", position, err))
	}
	return e, true
}

// FoldLeaves returns the root of the first n stored leaves; zero if one is
// missing. An audit compares it with the ledger's.
func (s *Store) FoldLeaves(n uint64) field.Element {
	var f tree.Frontier
	for i := range n {
		leaf, ok := s.Leaf(i)
		if !ok || f.Append([]field.Element{leaf}) != nil {
			return field.Element{}
		}
	}
	return f.Root()
}
