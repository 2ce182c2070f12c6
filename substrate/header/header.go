package header

import (
	"encoding/hex"

	"golang.org/x/crypto/blake2b"

	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/scale"
)

// MaxSize bounds an encoded header: one that changes a thousand authorities
// has 40 kB, and a relay chain takes a parachain's header of at most 20 kB.
const MaxSize = 1 << 20

// MaxDigest bounds the items of a digest.
const MaxDigest = 64

// Hash is BLAKE2b-256, of a header or of a trie's node.
type Hash [32]byte

// String gives the hash as nodes write it.
func (h Hash) String() string { return "0x" + hex.EncodeToString(h[:]) }

// Kind is what an item of a digest is.
type Kind uint8

// The kinds of the digest; the numbers are wire constants.
const (
	Other                     Kind = 0
	Consensus                 Kind = 4
	Seal                      Kind = 5
	PreRuntime                Kind = 6
	RuntimeEnvironmentUpdated Kind = 8
)

// Engine names a consensus engine, as "FRNK" (GRANDPA).
type Engine [4]byte

// Item is one log of the digest.
type Item struct {
	Kind   Kind
	Engine Engine // of Consensus, Seal and PreRuntime
	Data   []byte // empty of RuntimeEnvironmentUpdated
}

// Header is a block's header.
type Header struct {
	Parent         Hash
	Number         uint32
	StateRoot      Hash
	ExtrinsicsRoot Hash
	Digest         []Item
}

// Block names a block: two of the same number are different blocks.
type Block struct {
	Number uint32
	Hash   Hash
}

// Decode decodes a whole header.
func Decode(b []byte) (Header, error) {
	if len(b) > MaxSize {
		return Header{}, rejection.New(rejection.Oversized, "a header of %d bytes", len(b))
	}
	r := scale.NewReader(b)
	h := Read(r)
	if err := r.Done(); err != nil {
		return Header{}, err
	}
	return h, nil
}

// Read reads one header.
func Read(r *scale.Reader) Header {
	h := Header{Parent: r.Hash(), Number: r.CompactU32(), StateRoot: r.Hash(), ExtrinsicsRoot: r.Hash()}
	n := r.Count(1)
	if n > MaxDigest {
		r.Fail(rejection.New(rejection.Oversized, "a digest of %d items", n))
	}
	for range n {
		if r.Err() != nil {
			return Header{}
		}
		h.Digest = append(h.Digest, ReadItem(r))
	}
	return h
}

// ReadItem reads one item of a digest.
func ReadItem(r *scale.Reader) (i Item) {
	i.Kind = Kind(r.U8())
	switch i.Kind {
	case Consensus, Seal, PreRuntime:
		r.Fixed(i.Engine[:])
		i.Data = r.Vec()
	case Other:
		i.Data = r.Vec()
	case RuntimeEnvironmentUpdated:
	default:
		r.Fail(rejection.New(rejection.UnknownKind, "a digest's item of kind %d", i.Kind))
	}
	return i
}

// Write appends the header.
func (h Header) Write(w *scale.Writer) {
	w.Fixed(h.Parent[:])
	w.Compact(uint64(h.Number))
	w.Fixed(h.StateRoot[:])
	w.Fixed(h.ExtrinsicsRoot[:])
	w.Count(len(h.Digest))
	for _, i := range h.Digest {
		i.Write(w)
	}
}

// Write appends the item.
func (i Item) Write(w *scale.Writer) {
	w.U8(uint8(i.Kind))
	switch i.Kind {
	case Consensus, Seal, PreRuntime:
		w.Fixed(i.Engine[:])
		w.Vec(i.Data)
	case Other:
		w.Vec(i.Data)
	}
}

// Encode returns the one encoding of h.
func (h Header) Encode() []byte {
	var w scale.Writer
	h.Write(&w)
	return w.Bytes()
}

// Hash returns the hash of the block.
//
//	hash = BLAKE2b-256(encoding)
func (h Header) Hash() Hash { return Hash(blake2b.Sum256(h.Encode())) }

// Block names the block of h.
func (h Header) Block() Block { return Block{Number: h.Number, Hash: h.Hash()} }
