package authmap

import (
	"bytes"
	"crypto/sha256"
	"slices"

	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/encoding"
)

// Depth is the number of levels above the buckets.
const Depth = 12

// Buckets is the number of buckets; a key's is the first Depth bits of its
// hash.
const Buckets = 1 << Depth

// Hash is a SHA-256 hash.
type Hash = [sha256.Size]byte

// entry is one pair: the hashes of its key and of its value.
type entry struct{ key, value Hash }

func (e entry) compare(o entry) int { return bytes.Compare(e.key[:], o.key[:]) }

// Map is one version of the map. The zero value is not a Map; use New.
type Map struct {
	buckets [Buckets][]entry  // ascending by key hash
	nodes   [2 * Buckets]Hash // heap order: the root at 1, the children of i at 2i and 2i+1, buckets from Buckets on
}

// New returns the empty map.
func New() *Map {
	m := new(Map)
	m.nodes[Buckets] = hashBucket(nil)
	for i := Buckets + 1; i < 2*Buckets; i++ {
		m.nodes[i] = m.nodes[Buckets]
	}
	for i := Buckets - 1; i > 0; i-- {
		m.nodes[i] = hashNode(m.nodes[2*i], m.nodes[2*i+1])
	}
	return m
}

// Change sets Key to Value, or removes Key if Value is nil.
type Change struct{ Key, Value []byte }

// With returns the map after the changes; m stays as it is. Of two changes of
// one key the later counts.
func (m *Map) With(changes []Change) *Map {
	next := new(Map)
	*next = *m
	dirty := make(map[int]bool) // buckets that next owns
	for _, c := range changes {
		e := entry{key: hashKey(c.Key)}
		b := bucketOf(e.key)
		if !dirty[b] {
			next.buckets[b] = slices.Clone(next.buckets[b])
			dirty[b] = true
		}
		i, found := slices.BinarySearchFunc(next.buckets[b], e, entry.compare)
		switch {
		case c.Value == nil && found:
			next.buckets[b] = slices.Delete(next.buckets[b], i, i+1)
		case c.Value == nil:
		case found:
			next.buckets[b][i].value = hashValue(c.Value)
		default:
			e.value = hashValue(c.Value)
			next.buckets[b] = slices.Insert(next.buckets[b], i, e)
		}
	}
	next.rehash(dirty)
	return next
}

// rehash recomputes the dirty buckets and what is above them, each node once.
// The map's order does not matter: every node is a function of its children.
func (m *Map) rehash(dirty map[int]bool) {
	level := make(map[int]bool, len(dirty))
	for b := range dirty {
		m.nodes[Buckets+b] = hashBucket(m.buckets[b])
		level[(Buckets+b)/2] = true
	}
	for range Depth {
		above := make(map[int]bool, len(level))
		for i := range level {
			m.nodes[i] = hashNode(m.nodes[2*i], m.nodes[2*i+1])
			above[i/2] = true
		}
		level = above
	}
}

// Root returns the root.
func (m *Map) Root() Hash { return m.nodes[1] }

// Proof shows what one bucket holds and that the root commits to it.
type Proof struct {
	Bucket []Pair      // ascending by key
	Path   [Depth]Hash // siblings from the bucket up
}

// Pair is the hashes of a key and of its value.
type Pair struct{ Key, Value Hash }

// Prove returns the proof for key, present or absent.
func (m *Map) Prove(key []byte) Proof {
	b := bucketOf(hashKey(key))
	p := Proof{Bucket: make([]Pair, len(m.buckets[b]))}
	for i, e := range m.buckets[b] {
		p.Bucket[i] = Pair{e.key, e.value}
	}
	for l, i := 0, Buckets+b; l < Depth; l, i = l+1, i/2 {
		p.Path[l] = m.nodes[i^1]
	}
	return p
}

// Verify reports whether key holds value under root; a nil value stands for
// absence.
func Verify(root Hash, key, value []byte, p Proof) bool {
	k := hashKey(key)
	entries := make([]entry, len(p.Bucket))
	present := false
	for i, pair := range p.Bucket {
		entries[i] = entry{pair.Key, pair.Value}
		if i > 0 && entries[i-1].compare(entries[i]) >= 0 {
			return false
		}
		if pair.Key == k {
			present = true
			if value == nil || pair.Value != hashValue(value) {
				return false
			}
		}
	}
	if present != (value != nil) {
		return false
	}
	node := hashBucket(entries)
	for l, i := 0, Buckets+bucketOf(k); l < Depth; l, i = l+1, i/2 {
		if i%2 == 0 {
			node = hashNode(node, p.Path[l])
		} else {
			node = hashNode(p.Path[l], node)
		}
	}
	return node == root
}

func bucketOf(key Hash) int { return int(key[0])<<4 | int(key[1])>>4 }

func hashKey(key []byte) Hash { return sha256.Sum256(key) }

func hashValue(value []byte) Hash {
	w := encoding.NewWriter(32 + len(value))
	w.Var([]byte(domain.MapLeaf))
	w.Fixed(value)
	return sha256.Sum256(w.Bytes())
}

func hashBucket(entries []entry) Hash {
	w := encoding.NewWriter(32 + 64*len(entries))
	w.Var([]byte(domain.MapBucket))
	for _, e := range entries {
		w.Fixed(e.key[:])
		w.Fixed(e.value[:])
	}
	return sha256.Sum256(w.Bytes())
}

func hashNode(left, right Hash) Hash {
	w := encoding.NewWriter(96)
	w.Var([]byte(domain.MapNode))
	w.Fixed(left[:])
	w.Fixed(right[:])
	return sha256.Sum256(w.Bytes())
}
