package auction

import "hash/maphash"

// table finds buckets by their keys: open addressing over bucket numbers, whose
// keys stand in the buckets, which have to be looked at anyway. The seed is
// drawn, so that nobody chooses limits that collide; nothing that is decided
// depends on it.
type table struct {
	seed  maphash.Seed
	slots []uint32 // a bucket's number + 1, or 0; as many as a power of 2
	used  int
}

func newTable() table { return table{seed: maphash.MakeSeed(), slots: make([]uint32, 64)} }

// home is the slot where the search for a key begins.
func (t *table) home(key bucketKey) int {
	return int(maphash.Comparable(t.seed, key)) & (len(t.slots) - 1)
}

func (t *table) get(buckets []bucket, key bucketKey) (at uint32, ok bool) {
	for i := t.home(key); t.slots[i] != 0; i = (i + 1) & (len(t.slots) - 1) {
		if at := t.slots[i] - 1; buckets[at].key == key {
			return at, true
		}
	}
	return 0, false
}

// put adds a bucket whose key is not in the table. At most half of the slots
// are used.
func (t *table) put(buckets []bucket, at uint32) {
	if t.used++; 2*t.used > len(t.slots) {
		old := t.slots
		t.slots = make([]uint32, 2*len(old))
		for _, s := range old {
			if s != 0 {
				t.place(buckets, s-1)
			}
		}
	}
	t.place(buckets, at)
}

func (t *table) place(buckets []bucket, at uint32) {
	i := t.home(buckets[at].key)
	for t.slots[i] != 0 {
		i = (i + 1) & (len(t.slots) - 1)
	}
	t.slots[i] = at + 1
}

// remove takes a bucket out and closes the gap, so that no search ends there.
func (t *table) remove(buckets []bucket, at uint32) {
	mask := len(t.slots) - 1
	gap := t.home(buckets[at].key)
	for t.slots[gap] != at+1 {
		gap = (gap + 1) & mask
	}
	t.used--
	for i := (gap + 1) & mask; t.slots[i] != 0; i = (i + 1) & mask {
		// It may move up unless its home lies between the gap and itself.
		if home := t.home(buckets[t.slots[i]-1].key); (i-home)&mask >= (i-gap)&mask {
			t.slots[gap], gap = t.slots[i], i
		}
	}
	t.slots[gap] = 0
}
