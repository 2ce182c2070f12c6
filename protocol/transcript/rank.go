package transcript

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"

	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// Rank is the place of an order in the sequence of its side, the smaller going
// first. Zero is before every order's.
type Rank [8 + 1 + 4 + 8]byte

const rankBits = 8 * len(Rank{})

// RankOf returns the rank of an order: price, size class, block of arrival,
// keyed hash.
func RankOf(side order.Side, price uint64, class uint8, arrival uint32, hash uint64) (r Rank) {
	if side == order.Buy {
		price = ^price
	}
	binary.BigEndian.PutUint64(r[:8], price)
	r[8] = ^class
	binary.BigEndian.PutUint32(r[9:13], arrival)
	binary.BigEndian.PutUint64(r[13:], hash)
	return r
}

// Compare returns −1, 0 or 1.
func (r Rank) Compare(other Rank) int { return bytes.Compare(r[:], other[:]) }

func (r Rank) bit(i int) uint8 { return r[i/8] >> (7 - i%8) & 1 }

// A commitment to a rank is a chain over its bits, the highest outermost: who
// is shown the first few links learns the first few bits, and nothing of the
// others.

const saltSize = 16

type rankSalt [saltSize]byte

func salt(seed [32]byte, i int) rankSalt {
	sum := hash(domain.RankChain, 0, seed[:], []byte{uint8(i)})
	return rankSalt(sum[:saltSize])
}

func link(bit uint8, s rankSalt, next [32]byte) [32]byte {
	w := encoding.NewWriter(96)
	w.Var([]byte(domain.RankChain))
	w.U8(1)
	w.U8(bit)
	w.Fixed(s[:])
	w.Fixed(next[:])
	return sha256.Sum256(w.Bytes())
}

// chain returns the links from number i to the end; the one past the last is
// zero.
func (r Rank) chain(seed [32]byte, i int) (next [32]byte) {
	for n := rankBits - 1; n >= i; n-- {
		next = link(r.bit(n), salt(seed, n), next)
	}
	return next
}

// Commit commits to r under a seed that nobody else knows.
func (r Rank) Commit(seed [32]byte) [32]byte { return r.chain(seed, 0) }

// Opening shows how a committed rank compares to another one, and the bits up
// to the first in which they differ.
type Opening struct {
	Bits  uint8 // how many are shown; 0 in the zero Opening, which shows nothing
	Last  uint8 // the last of them: all others are the other rank's
	Salts [rankBits]rankSalt
	Tail  [32]byte // the rest of the chain
}

// OpeningSize is the length of an encoded Opening in bytes.
const OpeningSize = 1 + 1 + saltSize*rankBits + 32

// Open returns what shows how r compares to other.
func (r Rank) Open(seed [32]byte, other Rank) Opening {
	n := 0
	for n < rankBits-1 && r.bit(n) == other.bit(n) {
		n++
	}
	o := Opening{Bits: uint8(n + 1), Last: r.bit(n), Tail: r.chain(seed, n+1)}
	for i := range n + 1 {
		o.Salts[i] = salt(seed, i)
	}
	return o
}

// Compare returns −1, 0 or 1 as the rank under the commitment is before other,
// equal to it or after it. It refuses (BAD_TRANSCRIPT) what does not open it.
func (o *Opening) Compare(commitment [32]byte, other Rank) (int, error) {
	n := int(o.Bits) - 1
	if n < 0 {
		return 0, bad("nothing is opened")
	}
	next := link(o.Last, o.Salts[n], o.Tail)
	for i := n - 1; i >= 0; i-- {
		next = link(other.bit(i), o.Salts[i], next)
	}
	switch own := other.bit(n); {
	case next != commitment || own == o.Last && n < rankBits-1:
		return 0, bad("not the committed rank")
	case o.Last < own:
		return -1, nil
	case o.Last > own:
		return 1, nil
	}
	return 0, nil
}

// Write appends the encoding of o.
func (o *Opening) Write(w *encoding.Writer) {
	w.U8(o.Bits)
	w.U8(o.Last)
	for i := range o.Salts {
		w.Fixed(o.Salts[i][:])
	}
	w.Fixed(o.Tail[:])
}

// ReadOpening is the inverse of Write. It fails the reader (OUT_OF_RANGE) on
// more bits than a rank has, and (NON_CANONICAL) on anything but zeros where
// nothing is opened.
func ReadOpening(r *encoding.Reader) (o Opening) {
	o.Bits, o.Last = r.U8(), r.U8()
	for i := range o.Salts {
		r.Fixed(o.Salts[i][:])
	}
	r.Fixed(o.Tail[:])
	switch {
	case r.Err() != nil:
	case int(o.Bits) > rankBits:
		r.Fail(rejection.New(rejection.OutOfRange, "%d bits", o.Bits))
	case o.Last > 1 || o.Bits == 0 && (o.Last != 0 || o.Tail != [32]byte{}) || int(o.Bits) == rankBits && o.Tail != [32]byte{}:
		r.Fail(rejection.New(rejection.NonCanonical, "what opens nothing"))
	default:
		for _, s := range o.Salts[o.Bits:] {
			if s != (rankSalt{}) {
				r.Fail(rejection.New(rejection.NonCanonical, "a salt where nothing is opened"))
			}
		}
	}
	return o
}

// KeyedHash returns the hash by which an auction ranks orders of one block of
// arrival: the first 8 bytes of SHA-256(key ‖ nf_o). Both parts have one length,
// so that the plain hash is a PRF.
func KeyedHash(key [32]byte, nullifier field.Element) uint64 {
	nf := nullifier.Bytes()
	sum := sha256.Sum256(append(key[:], nf[:]...))
	return binary.BigEndian.Uint64(sum[:])
}
