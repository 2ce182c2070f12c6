package auction

import "hash/maphash"

// table finds buckets by their keys: open addressing. A slot holds a bucket's
// number and its key's hash, so that no bucket is read but the one that is
// looked for, which has to be read anyway; a table that grows reads none. The
// seed is drawn, so that nobody chooses limits that collide; nothing that is
// decided depends on it.
type table struct {
	seed  maphash.Seed
	slots []slot // as many as a power of 2
	used  int
}

// slot is a hash, 32 bits, and a bucket's number + 1; 0 is empty.
type slot uint64

func (s slot) hash() uint32   { return uint32(s >> 32) }
func (s slot) bucket() uint32 { return uint32(s) - 1 }

func newTable() table { return table{seed: maphash.MakeSeed(), slots: make([]slot, 64)} }

func (t *table) hash(key bucketKey) uint32 { return uint32(maphash.Comparable(t.seed, key)) }

// home is the slot where the search for a hash begins.
func (t *table) home(hash uint32) int { return int(hash) & (len(t.slots) - 1) }

func (t *table) get(buckets []bucket, key bucketKey, hash uint32) (at uint32, ok bool) {
	for i := t.home(hash); t.slots[i] != 0; i = (i + 1) & (len(t.slots) - 1) {
		if s := t.slots[i]; s.hash() == hash && buckets[s.bucket()].key == key {
			return s.bucket(), true
		}
	}
	return 0, false
}

// put adds a bucket by the hash of its key, which is not in the table. At most half of the slots
// are used.
func (t *table) put(hash, at uint32) {
	if t.used++; 2*t.used > len(t.slots) {
		old := t.slots
		t.slots = make([]slot, 2*len(old))
		for _, s := range old {
			if s != 0 {
				t.place(s)
			}
		}
	}
	t.place(slot(hash)<<32 | slot(at+1))
}

func (t *table) place(s slot) {
	i := t.home(s.hash())
	for t.slots[i] != 0 {
		i = (i + 1) & (len(t.slots) - 1)
	}
	t.slots[i] = s
}

// remove takes a bucket out and closes the gap, so that no search ends there.
func (t *table) remove(key bucketKey, at uint32) {
	mask := len(t.slots) - 1
	gap := t.home(t.hash(key))
	for t.slots[gap].bucket() != at {
		gap = (gap + 1) & mask
	}
	t.used--
	for i := (gap + 1) & mask; t.slots[i] != 0; i = (i + 1) & mask {
		// It may move up unless its home lies between the gap and itself.
		if home := t.home(t.slots[i].hash()); (i-home)&mask >= (i-gap)&mask {
			t.slots[gap], gap = t.slots[i], i
		}
	}
	t.slots[gap] = 0
}
