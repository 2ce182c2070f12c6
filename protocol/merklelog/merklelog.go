package merklelog

import (
	"crypto/sha256"
	"math/bits"

	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/field"
)

// Hash is a SHA-256 hash.
type Hash = [sha256.Size]byte

// levels is enough for every size.
const levels = 64

// Frontier is the right edge of the log. The zero value is the empty log.
type Frontier struct {
	size uint64
	node [levels]Hash // node[l] is set iff bit l of size is
}

// Size returns the number of entries.
func (f *Frontier) Size() uint64 { return f.size }

// Append adds one entry.
func (f *Frontier) Append(e field.Element) {
	h := leaf(e)
	l := 0
	for ; f.size>>l&1 == 1; l++ {
		h = join(f.node[l], h)
		f.node[l] = Hash{}
	}
	f.node[l] = h
	f.size++
}

// Root returns the root; the empty log's is zero.
func (f *Frontier) Root() Hash {
	var root Hash
	first := true
	for l := range levels {
		switch {
		case f.size>>l&1 == 0:
		case first:
			root, first = f.node[l], false
		default:
			root = join(f.node[l], root)
		}
	}
	return root
}

// Encode returns the canonical encoding: the size, then the nodes of its set
// bits from the lowest.
func (f *Frontier) Encode() []byte {
	w := encoding.NewWriter(8 + sha256.Size*bits.OnesCount64(f.size))
	w.U64(f.size)
	for l := range levels {
		if f.size>>l&1 == 1 {
			w.Fixed(f.node[l][:])
		}
	}
	return w.Bytes()
}

// Decode is the inverse of Encode.
func Decode(b []byte) (Frontier, error) {
	r := encoding.NewReader(b)
	f := Frontier{size: r.U64()}
	for l := range levels {
		if f.size>>l&1 == 1 {
			r.Fixed(f.node[l][:])
		}
	}
	if err := r.Done(); err != nil {
		return Frontier{}, err
	}
	return f, nil
}

func leaf(e field.Element) Hash {
	w := encoding.NewWriter(64)
	w.Var([]byte(domain.LogLeaf))
	field.Write(w, e)
	return sha256.Sum256(w.Bytes())
}

func join(left, right Hash) Hash {
	w := encoding.NewWriter(96)
	w.Var([]byte(domain.LogNode))
	w.Fixed(left[:])
	w.Fixed(right[:])
	return sha256.Sum256(w.Bytes())
}
