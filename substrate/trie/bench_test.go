package trie

import (
	"encoding/binary"
	"testing"

	"golang.org/x/crypto/blake2b"
)

// A key out of a million, as an account's: about five levels of sixteen.
func BenchmarkLookup(b *testing.B) {
	entries := make([]Entry, 1_000_000)
	for i := range entries {
		key := blake2b.Sum256(binary.LittleEndian.AppendUint32(nil, uint32(i)))
		entries[i] = Entry{key[:], make([]byte, 80)}
	}
	root, whole := Build(V1, entries)
	nodes, err := whole.Narrow(entries[7].Key)
	if err != nil {
		b.Fatal(err)
	}
	size := 0
	for _, n := range nodes {
		size += len(n)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	b.ResetTimer()
	for b.Loop() {
		if _, ok, err := Get(root, nodes, entries[7].Key); !ok || err != nil {
			b.Fatal(err)
		}
	}
}
