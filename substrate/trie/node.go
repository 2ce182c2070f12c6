package trie

import (
	"math/bits"

	"golang.org/x/crypto/blake2b"

	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/header"
	"github.com/nightjar/nightjar/substrate/scale"
)

// MaxNibbles bounds the partial key of a node.
const MaxNibbles = 1<<16 - 1

// The first bits of a node say what it is; the rest of the byte is the length
// of its partial key, or its beginning.
const (
	emptyNode        = 0x00
	leafBits         = 0b01 << 6 // 6 bits of length
	branchBits       = 0b10 << 6 // 6 bits, no value
	branchValueBits  = 0b11 << 6 // 6 bits, a value
	hashedLeafBits   = 0b001 << 5
	hashedBranchBits = 0b0001 << 4
)

// node is one node, decoded. Its slices are parts of the input.
type node struct {
	empty    bool
	partial  nibbles
	branch   bool
	value    []byte       // if hasValue and not hashed
	valueAt  *header.Hash // if the node keeps the value's hash
	hasValue bool
	children [16][]byte // a hash of 32 bytes, a node of fewer, nil: none
}

// nibbles is a path: n half bytes, high half first, beginning at the low half
// of the first byte if odd.
type nibbles struct {
	bytes []byte
	n     int
}

func (p nibbles) at(i int) byte {
	i += p.n & 1
	if i&1 == 0 {
		return p.bytes[i/2] >> 4
	}
	return p.bytes[i/2] & 15
}

func malformed(format string, args ...any) error {
	return rejection.New(rejection.BadTrieNode, format, args...)
}

// decodeNode decodes a whole node.
func decodeNode(b []byte) (node, error) {
	r := scale.NewReader(b)
	n := readNode(r)
	if err := r.Done(); err != nil {
		return node{}, malformed("%v", err)
	}
	return n, nil
}

func readNode(r *scale.Reader) (n node) {
	first := r.U8()
	var lengthBits int
	var hashed bool
	switch {
	case first == emptyNode:
		n.empty = true
		return n
	case first>>6 == leafBits>>6:
		lengthBits, n.hasValue = 6, true
	case first>>6 == branchBits>>6:
		lengthBits, n.branch = 6, true
	case first>>6 == branchValueBits>>6:
		lengthBits, n.branch, n.hasValue = 6, true, true
	case first>>5 == hashedLeafBits>>5:
		lengthBits, n.hasValue, hashed = 5, true, true
	case first>>4 == hashedBranchBits>>4:
		lengthBits, n.branch, n.hasValue, hashed = 4, true, true, true
	default: // 00000001 begins a compact proof, the others nothing
		r.Fail(malformed("a node beginning with %#x", first))
		return n
	}
	n.partial = readPartial(r, first, lengthBits)
	var bitmap uint16
	if n.branch {
		if bitmap = r.U16(); bitmap == 0 {
			r.Fail(malformed("a branch without children"))
		}
	}
	switch {
	case hashed:
		h := header.Hash(r.Hash())
		n.valueAt = &h
	case n.hasValue:
		n.value = r.Take(r.Count(1))
	}
	for ; bitmap != 0 && r.Err() == nil; bitmap &= bitmap - 1 {
		child := r.Take(r.Count(1))
		if len(child) == 0 || len(child) > 32 {
			r.Fail(malformed("a child of %d bytes", len(child)))
		}
		n.children[bits.TrailingZeros16(bitmap)] = child
	}
	return n
}

// readPartial reads the rest of the length l and the l nibbles:
//
//	l < 2^k − 1: in the first byte's k bits; else these are all ones, and
//	l = 2^k − 1 + Σ bytes, every byte but the last 255
func readPartial(r *scale.Reader, first byte, lengthBits int) nibbles {
	full := 1<<lengthBits - 1
	n := int(first) & full
	if n == full {
		for b := byte(255); b == 255 && n <= MaxNibbles; n += int(b) {
			b = r.U8()
		}
	}
	if n > MaxNibbles {
		r.Fail(malformed("a partial key of more than %d nibbles", MaxNibbles))
	}
	p := nibbles{bytes: r.Take((n + 1) / 2), n: n}
	if r.Err() != nil {
		return nibbles{}
	}
	if n&1 == 1 && p.bytes[0]>>4 != 0 {
		r.Fail(malformed("a partial key with half a byte too many"))
	}
	return p
}

func hashOf(b []byte) header.Hash { return header.Hash(blake2b.Sum256(b)) }
