package field

import (
	"crypto/sha512"
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bls12-381/fr"

	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// Size is the length of an encoded element in bytes.
const Size = fr.Bytes

// Element is an element of F. The zero value is 0.
type Element = fr.Element

// FromUint64 returns v as an element.
func FromUint64(v uint64) Element {
	var e Element
	e.SetUint64(v)
	return e
}

// FromBytes decodes a canonical big-endian element. It refuses a wrong length
// (TRUNCATED, TRAILING_BYTES) and values at or above the modulus
// (NON_CANONICAL).
func FromBytes(b []byte) (Element, error) {
	r := encoding.NewReader(b)
	e := Read(r)
	return e, r.Done()
}

// Read reads one canonical element.
func Read(r *encoding.Reader) Element {
	var b [Size]byte
	r.Fixed(b[:])
	var e Element
	if r.Err() == nil && e.SetBytesCanonical(b[:]) != nil {
		r.Fail(rejection.New(rejection.NonCanonical, "a field element is not below the modulus"))
		return Element{}
	}
	return e
}

// Write appends the canonical encoding of e.
func Write(w *encoding.Writer, e Element) {
	b := e.Bytes()
	w.Fixed(b[:])
}

// FromHash maps bytes to an element: SHA-512(len(context) ‖ context ‖ parts)
// as a big-endian integer mod r. The bias is below 2^-256. Every part is
// length-prefixed, so that no two inputs share a pre-image.
func FromHash(ctx domain.Context, parts ...[]byte) Element {
	var e Element
	e.SetBigInt(WideHash(ctx, parts...))
	return e
}

// WideHash returns the 512-bit integer behind FromHash, for callers that
// reduce it by another modulus.
func WideHash(ctx domain.Context, parts ...[]byte) *big.Int {
	w := encoding.NewWriter(64)
	w.Var([]byte(ctx))
	for _, p := range parts {
		w.U32(uint32(len(p)))
		w.Fixed(p)
	}
	sum := sha512.Sum512(w.Bytes())
	return new(big.Int).SetBytes(sum[:])
}

// Pack returns Σ words[i].V · 2^words[i].Shift: how the protocol puts several
// bounded integers into one element. Callers keep the words from overlapping
// and the total below 2^254.
func Pack(words ...Word) Element {
	sum := new(big.Int)
	for _, w := range words {
		sum.Add(sum, new(big.Int).Lsh(new(big.Int).SetUint64(w.V), w.Shift))
	}
	var e Element
	e.SetBigInt(sum)
	return e
}

// Word is one integer and its place in a packed element.
type Word struct {
	V     uint64
	Shift uint
}
