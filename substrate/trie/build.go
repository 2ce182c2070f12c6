package trie

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/nightjar/nightjar/substrate/header"
	"github.com/nightjar/nightjar/substrate/scale"
)

// Version is the version of a state's layout.
type Version uint8

// V0 keeps every value in its node; V1 keeps the hash of a value of more than
// 32 bytes.
const (
	V0 Version = 0
	V1 Version = 1
)

// Entry is a key and its value.
type Entry struct{ Key, Value []byte }

// Build makes the trie of the entries, whose keys differ, in any order, and
// returns it as the proof of everything in it.
func Build(version Version, entries []Entry) (header.Hash, Proof) {
	b := builder{version: version, nodes: make(map[header.Hash][]byte)}
	sorted := slices.Clone(entries)
	slices.SortFunc(sorted, func(x, y Entry) int { return bytes.Compare(x.Key, y.Key) })
	encoded := []byte{emptyNode}
	if len(sorted) > 0 {
		encoded = b.build(sorted, 0)
	}
	root := b.keep(encoded)
	return root, Proof{root: root, nodes: b.nodes}
}

// Root returns the root of the trie of a list, as the extrinsics of a block:
// the key of an element is the compact encoding of its place.
func Root(version Version, list [][]byte) header.Hash {
	entries := make([]Entry, len(list))
	for i, v := range list {
		var w scale.Writer
		w.Count(i)
		entries[i] = Entry{Key: w.Bytes(), Value: v}
	}
	root, _ := Build(version, entries)
	return root
}

type builder struct {
	version Version
	nodes   map[header.Hash][]byte
}

func (b *builder) keep(v []byte) header.Hash {
	h := hashOf(v)
	b.nodes[h] = bytes.Clone(v)
	return h
}

func nibbleAt(key []byte, i int) byte { return nibbles{bytes: key, n: 2 * len(key)}.at(i) }

// build encodes the node of entries, at least one, in ascending order of keys
// that agree in their first depth nibbles.
func (b *builder) build(entries []Entry, depth int) []byte {
	first, last := entries[0].Key, entries[len(entries)-1].Key
	end := depth // of what all keys share; they are sorted, so the ends decide
	for end < 2*len(first) && end < 2*len(last) && nibbleAt(first, end) == nibbleAt(last, end) {
		end++
	}
	var value []byte
	hasValue := 2*len(first) == end
	if hasValue {
		value, entries = entries[0].Value, entries[1:]
	}
	branch := len(entries) > 0
	hashed := hasValue && b.version == V1 && len(value) > 32

	var w scale.Writer
	writePartial(&w, first, depth, end, branch, hasValue, hashed)
	var bitmap uint16
	var children scale.Writer
	for len(entries) > 0 {
		at := nibbleAt(entries[0].Key, end)
		n := 1
		for n < len(entries) && nibbleAt(entries[n].Key, end) == at {
			n++
		}
		child := b.build(entries[:n], end+1)
		if len(child) >= 32 {
			h := b.keep(child)
			child = h[:]
		}
		children.Vec(child)
		bitmap |= 1 << at
		entries = entries[n:]
	}
	if branch {
		w.Fixed(binary.LittleEndian.AppendUint16(nil, bitmap))
	}
	if hashed {
		h := b.keep(value)
		w.Fixed(h[:])
	} else if hasValue {
		w.Vec(value)
	}
	w.Fixed(children.Bytes())
	return w.Bytes()
}

// writePartial appends a node's first bytes and the nibbles from of key to end.
func writePartial(w *scale.Writer, key []byte, from, end int, branch, hasValue, hashed bool) {
	prefix, lengthBits := byte(leafBits), 6
	switch {
	case branch && hashed:
		prefix, lengthBits = hashedBranchBits, 4
	case hashed:
		prefix, lengthBits = hashedLeafBits, 5
	case branch && hasValue:
		prefix = branchValueBits
	case branch:
		prefix = branchBits
	}
	n, full := end-from, 1<<lengthBits-1
	if n < full {
		w.U8(prefix | byte(n))
	} else {
		w.U8(prefix | byte(full))
		rest := n - full // readPartial's formula: l = 2^k − 1 + Σ bytes
		for ; rest >= 255; rest -= 255 {
			w.U8(255)
		}
		w.U8(byte(rest))
	}
	var half byte
	for i := from; i < end; i++ {
		if (end-i)&1 == 1 {
			w.U8(half<<4 | nibbleAt(key, i))
		}
		half = nibbleAt(key, i)
	}
}
