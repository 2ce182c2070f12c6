package auction

import (
	"testing"

	"pgregory.net/rapid"
)

// TestTable: whatever is put in and taken out, the table finds what a map does.
func TestTable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table, want := newTable(), map[bucketKey]uint32{}
		var buckets []bucket
		for range rapid.IntRange(0, 400).Draw(t, "steps") {
			key := bucketKey{limit: rapid.Uint64Range(0, 60).Draw(t, "limit"), kind: kind(rapid.IntRange(0, 2).Draw(t, "kind"))}
			at, ok := table.get(buckets, key, table.hash(key))
			if has, there := want[key]; ok != there || ok && at != has {
				t.Fatalf("%v: %d, %v instead of %d, %v", key, at, ok, has, there)
			}
			if ok {
				table.remove(key, at)
				delete(want, key)
				continue
			}
			want[key] = uint32(len(buckets))
			buckets = append(buckets, bucket{key: key})
			table.put(table.hash(key), want[key])
		}
		for key, has := range want {
			if at, ok := table.get(buckets, key, table.hash(key)); !ok || at != has {
				t.Fatalf("%v is lost", key)
			}
		}
	})
}
