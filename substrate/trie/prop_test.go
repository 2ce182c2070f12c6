package trie

import (
	"bytes"
	"encoding/hex"
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/header"
)

// drawEntries draws tries with keys that are prefixes of others, long shared
// paths, and values on both sides of each bound.
func drawEntries(t *rapid.T) []Entry {
	type m = map[string][]byte
	entries := m{}
	shared := rapid.SliceOfN(rapid.Byte(), 0, 90).Draw(t, "shared")
	for range rapid.IntRange(0, 40).Draw(t, "entries") {
		key := slices.Concat(shared[:rapid.IntRange(0, len(shared)).Draw(t, "cut")],
			rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 0x10, 0x11, 0xf0, 0xff}), 0, 5).Draw(t, "key"))
		n := rapid.SampledFrom([]int{0, 1, 5, 28, 31, 32, 33, 64, 300}).Draw(t, "size")
		entries[string(key)] = rapid.SliceOfN(rapid.Byte(), n, n).Draw(t, "value")
	}
	var out []Entry
	for k, v := range entries {
		out = append(out, Entry{[]byte(k), v})
	}
	slices.SortFunc(out, func(a, b Entry) int { return bytes.Compare(a.Key, b.Key) })
	return out
}

// Every key is found with its value by its own narrow proof, and every key
// that is not in the trie is proven absent by its own.
func TestProofs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		version := Version(rapid.IntRange(0, 1).Draw(t, "version"))
		entries := drawEntries(t)
		root, whole := Build(version, entries)
		shuffled := rapid.Permutation(entries).Draw(t, "order")
		if again, _ := Build(version, shuffled); again != root {
			t.Fatal("the root depends on the order of the entries")
		}
		held := map[string][]byte{}
		for _, e := range entries {
			held[string(e.Key)] = e.Value
		}
		asked := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 0x10, 0x11, 0xf0}), 0, 6).Draw(t, "asked")
		keys := [][]byte{asked}
		for _, e := range entries {
			keys = append(keys, e.Key)
			if len(e.Key) > 0 {
				keys = append(keys, e.Key[:len(e.Key)-1])
			}
		}
		for _, key := range keys {
			nodes, err := whole.Narrow(key)
			if err != nil {
				t.Fatal(err)
			}
			got, ok, err := Get(root, nodes, key)
			want, in := held[string(key)]
			if err != nil || ok != in || !bytes.Equal(got, want) {
				t.Fatalf("%x: %x, %v, %v; want %x, %v", key, got, ok, err, want, in)
			}
			// Without any one of its nodes it proves nothing.
			drop := rapid.IntRange(0, len(nodes)-1).Draw(t, "drop")
			rest := slices.Delete(slices.Clone(nodes), drop, drop+1)
			if _, _, err := Get(root, rest, key); !errors.Is(err, rejection.ProofIncomplete) && !errors.Is(err, rejection.ProofRoot) {
				t.Fatalf("a node short: %v", err)
			}
			// Nor with any one of its bytes changed.
			bent := slices.Clone(nodes)
			bent[drop] = bytes.Clone(bent[drop])
			if len(bent[drop]) == 0 {
				continue // an empty value of version 1 is never hashed; an empty node is 00
			}
			bent[drop][rapid.IntRange(0, len(bent[drop])-1).Draw(t, "at")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
			if _, _, err := Get(root, bent, key); !errors.Is(err, rejection.ProofIncomplete) && !errors.Is(err, rejection.ProofRoot) {
				t.Fatalf("a bit flipped: %v", err)
			}
		}
	})
}

// The root of the empty trie is a constant of Substrate.
func TestEmptyRoot(t *testing.T) {
	root, p := Build(V1, nil)
	if hex.EncodeToString(root[:]) != "03170a2e7597b7b7e3d84c05391d139a62b157e78786d8c082f29dcf4c111314" {
		t.Fatalf("%v", root)
	}
	if _, ok, err := p.Lookup([]byte{1}); ok || err != nil {
		t.Fatalf("%v, %v", ok, err)
	}
}

// under makes a trie whose root is the bytes of one node.
func under(b []byte) (header.Hash, [][]byte) { return hashOf(b), [][]byte{b} }

// Nodes that are under the right hash and still are none.
func TestNodesRefused(t *testing.T) {
	hash := string(bytes.Repeat([]byte{7}, 32))
	for _, c := range []struct {
		name string
		node string
		want rejection.Code // zero: accepted, the control
	}{
		{"leaf", "\x42\x12\x04\x09", 0},
		{"leaf of an odd path", "\x43\x01\x23\x04\x09", 0},
		{"half a byte too many", "\x43\x11\x23\x04\x09", rejection.BadTrieNode},
		{"bytes after it", "\x42\x12\x04\x09\x00", rejection.BadTrieNode},
		{"a value cut short", "\x42\x12\x08\x09", rejection.BadTrieNode},
		{"a value's length in too many bytes", "\x42\x12\x05\x00\x09", rejection.BadTrieNode},
		{"compact proof's mark", "\x01\x42\x12\x04\x09", rejection.BadTrieNode},
		{"unknown mark", "\x02", rejection.BadTrieNode},
		{"nothing", "", rejection.BadTrieNode},
		{"empty, with more", "\x00\x00", rejection.BadTrieNode},
		{"branch", "\x80\x01\x00\x10\x41\x01\x04\x09", 0},
		{"branch without children", "\x80\x00\x00", rejection.BadTrieNode},
		{"child of no bytes", "\x80\x01\x00\x00", rejection.BadTrieNode},
		{"child of 32 bytes", "\x80\x01\x00\x80" + hash, 0},
		{"child of 33 bytes", "\x80\x01\x00\x84" + hash + "\x07", rejection.BadTrieNode},
		{"child missing", "\x80\x03\x00\x80" + hash, rejection.BadTrieNode},
		{"hashed leaf", "\x22\x12" + hash, 0},
		{"hashed leaf cut short", "\x22\x12" + hash[1:], rejection.BadTrieNode},
		{"hashed branch", "\x10\x01\x00" + hash + "\x80" + hash, 0},
	} {
		root, nodes := under([]byte(c.node))
		_, _, err := Get(root, nodes, []byte{0xee, 0xee}) // on no path: only the node itself is judged
		if c.want == 0 && err != nil || c.want != 0 && !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	// The longest path, and one of a byte more.
	for size, want := range map[int]rejection.Code{MaxNibbles / 2: 0, MaxNibbles/2 + 1: rejection.BadTrieNode} {
		root, p := Build(V0, []Entry{{make([]byte, size), []byte{1}}})
		_, _, err := Get(root, [][]byte{p.nodes[root]}, []byte{0xee})
		if want == 0 && err != nil || want != 0 && !errors.Is(err, want) {
			t.Errorf("a path of %d bytes: %v", size, err)
		}
	}
	// A child that is in its parent is judged when it is reached.
	for name, node := range map[string]string{
		"empty child":     "\x80\x01\x00\x04\x00",
		"malformed child": "\x80\x01\x00\x08\x41\x11",
	} {
		root, nodes := under([]byte(node))
		if _, _, err := Get(root, nodes, []byte{0x01}); !errors.Is(err, rejection.BadTrieNode) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestBounds(t *testing.T) {
	root, p := Build(V0, []Entry{{[]byte{1}, []byte{2}}})
	nodes, err := p.Narrow([]byte{1})
	if err != nil {
		t.Fatal(err)
	}
	many := make([][]byte, MaxNodes)
	if _, err := Open(root, append(many, nodes...)); !errors.Is(err, rejection.Oversized) {
		t.Errorf("nodes: %v", err)
	}
	if _, err := Open(root, append([][]byte{make([]byte, MaxProof)}, nodes...)); !errors.Is(err, rejection.Oversized) {
		t.Errorf("bytes: %v", err)
	}
	if _, _, err := p.Lookup(make([]byte, MaxKeyLen+1)); !errors.Is(err, rejection.Oversized) {
		t.Errorf("key: %v", err)
	}
	// The control: nodes twice, and nodes without need, do no harm.
	if v, ok, err := Get(root, slices.Concat(nodes, nodes, [][]byte{{1, 2, 3}}), []byte{1}); err != nil || !ok || !bytes.Equal(v, []byte{2}) {
		t.Errorf("%x, %v, %v", v, ok, err)
	}
}
