package ledger

import (
	"bytes"
	"slices"
	"strings"

	"github.com/nightjar/nightjar/protocol/field"
)

// Backing is where committed state lies: the node's store, or Memory. A
// Backing that can't read must panic or stop the process; it must not answer
// as if a key were absent.
type Backing interface {
	// Get returns the value of key. The ledger does not change it.
	Get(key []byte) (value []byte, ok bool)
	// Range calls fn with every pair whose key starts with prefix, in
	// ascending order, until fn returns false. The slices are valid only
	// during the call.
	Range(prefix []byte, fn func(key, value []byte) bool)
}

// Write sets Key to Value, or deletes Key if Value is nil.
type Write struct{ Key, Value []byte }

// Delta is everything that one block changes. The node writes it in one atomic
// batch: after a crash the store is at this block or at the one before it, and
// the ledger reopens from either.
type Delta struct {
	Height     uint64
	Writes     []Write         // ascending by key, each key once
	First      uint64          // position of the first of Leaves
	Leaves     []field.Element // commitments appended to the tree
	FirstSpent uint64          // index of the first of Spent in the nullifier log
	Spent      []field.Element // nullifiers appended to the log
}

// Memory is a Backing in memory: tests, simulations, verify. It belongs to one
// goroutine while Write runs.
type Memory struct {
	values map[string][]byte
	small  []string // the committed keys, ascending: what the ledger ranges over
}

// NewMemory returns an empty Memory.
func NewMemory() *Memory { return &Memory{values: make(map[string][]byte)} }

// Get implements Backing.
func (m *Memory) Get(key []byte) ([]byte, bool) {
	v, ok := m.values[string(key)]
	return v, ok
}

// Range implements Backing. It is fast for committed keys, which is all that
// the ledger ranges over, and sorts everything for others.
func (m *Memory) Range(prefix []byte, fn func(key, value []byte) bool) {
	keys := m.small
	if len(prefix) == 0 || prefix[0] != committed {
		keys = make([]string, 0, len(m.values))
		for k := range m.values {
			keys = append(keys, k)
		}
		slices.Sort(keys)
	}
	i, _ := slices.BinarySearch(keys, string(prefix))
	for ; i < len(keys) && strings.HasPrefix(keys[i], string(prefix)); i++ {
		if !fn([]byte(keys[i]), m.values[keys[i]]) {
			return
		}
	}
}

// Write takes a delta.
func (m *Memory) Write(d Delta) {
	for _, w := range d.Writes {
		k := string(w.Key)
		_, had := m.values[k]
		if w.Value == nil {
			delete(m.values, k)
		} else {
			m.values[k] = w.Value
		}
		if w.Key[0] != committed || had == (w.Value != nil) {
			continue
		}
		i, _ := slices.BinarySearch(m.small, k)
		if had {
			m.small = slices.Delete(m.small, i, i+1)
		} else {
			m.small = slices.Insert(m.small, i, k)
		}
	}
}

// overlay is a Backing with uncommitted writes on top.
type overlay struct {
	base   Backing
	writes map[string][]byte // nil = deleted
}

func newOverlay(base Backing) *overlay {
	return &overlay{base: base, writes: make(map[string][]byte)}
}

func (o *overlay) Get(key []byte) ([]byte, bool) {
	if v, ok := o.writes[string(key)]; ok {
		return v, v != nil
	}
	return o.base.Get(key)
}

func (o *overlay) put(key, value []byte) { o.writes[string(key)] = value }

func (o *overlay) remove(key []byte) { o.writes[string(key)] = nil }

func (o *overlay) Range(prefix []byte, fn func(key, value []byte) bool) {
	var pairs []Write
	o.base.Range(prefix, func(k, v []byte) bool {
		if _, ok := o.writes[string(k)]; !ok {
			pairs = append(pairs, Write{bytes.Clone(k), bytes.Clone(v)})
		}
		return true
	})
	for k, v := range o.writes {
		if v != nil && strings.HasPrefix(k, string(prefix)) {
			pairs = append(pairs, Write{[]byte(k), v})
		}
	}
	sortWrites(pairs)
	for _, p := range pairs {
		if !fn(p.Key, p.Value) {
			return
		}
	}
}

// sorted returns the writes ascending by key.
func (o *overlay) sorted() []Write {
	out := make([]Write, 0, len(o.writes))
	for k, v := range o.writes {
		out = append(out, Write{[]byte(k), v})
	}
	sortWrites(out)
	return out
}

func sortWrites(w []Write) {
	slices.SortFunc(w, func(a, b Write) int { return bytes.Compare(a.Key, b.Key) })
}
