package jubjub

import (
	"crypto/sha256"
	"encoding/binary"
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bls12-381/fr"
	"github.com/consensys/gnark-crypto/ecc/bls12-381/twistededwards"

	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// Size is the length of an encoded point or scalar in bytes.
const Size = 32

// OrderBits is the bit length of the subgroup's order.
const OrderBits = 252

// Point is a point of Jubjub in affine coordinates. The zero value is not a
// point; use Identity.
type Point = twistededwards.PointAffine

var (
	params   = twistededwards.GetEdwardsCurve()
	order    = &params.Order
	cofactor = func() *big.Int { var c big.Int; params.Cofactor.BigInt(&c); return &c }()

	// Spend is the base of spend keys (G in spec/01), Base and Quote carry the
	// two legs of a fill and Blind its blinding factor (spec/06).
	Spend = generator("spend")
	Base  = generator("base")
	Quote = generator("quote")
	Blind = generator("blind")
)

// Order returns a copy of the subgroup's order.
func Order() *big.Int { return new(big.Int).Set(order) }

// Identity returns the neutral element (0, 1).
func Identity() Point {
	var p Point
	p.Y.SetOne()
	return p
}

// generator hashes name to a point: for counter = 0, 1, …, y = SHA-256(context
// ‖ 0 ‖ name ‖ counter) as a big-endian integer mod r; the first y that is on
// the curve, with the x that is not lexicographically largest, times the
// cofactor, unless that is the identity.
func generator(name string) Point {
	for counter := uint32(0); ; counter++ {
		in := append([]byte(domain.Generator), 0)
		in = append(in, name...)
		in = binary.BigEndian.AppendUint32(in, counter)
		sum := sha256.Sum256(in)
		var y fr.Element
		y.SetBytes(sum[:])
		p, ok := lift(y, false)
		if !ok {
			continue
		}
		p.ScalarMultiplication(&p, cofactor)
		if !p.IsZero() {
			return p
		}
	}
}

// lift finds the x of y on a·x² + y² = 1 + d·x²·y², choosing the
// lexicographically largest root if largest is set.
func lift(y fr.Element, largest bool) (Point, bool) {
	var one, yy, num, den, x fr.Element
	one.SetOne()
	yy.Square(&y)
	num.Sub(&one, &yy)
	den.Mul(&params.D, &yy)
	den.Sub(&params.A, &den) // a − d·y² is never 0: a/d is not a square
	x.Div(&num, &den)
	if x.Sqrt(&x) == nil {
		return Point{}, false
	}
	if x.LexicographicallyLargest() != largest {
		x.Neg(&x)
		if x.LexicographicallyLargest() != largest { // x = 0 has no largest root
			return Point{}, false
		}
	}
	return Point{X: x, Y: y}, true
}

// Encode returns y big-endian with the top bit set iff x is the
// lexicographically largest of its two roots.
func Encode(p Point) [Size]byte {
	b := p.Y.Bytes()
	if p.X.LexicographicallyLargest() {
		b[0] |= 0x80
	}
	return b
}

// Write appends the encoding of p.
func Write(w *encoding.Writer, p Point) {
	b := Encode(p)
	w.Fixed(b[:])
}

// Read reads a point and refuses (BAD_POINT) whatever is not on the curve, not
// in the prime-order subgroup, the identity, or not the canonical encoding.
func Read(r *encoding.Reader) Point {
	p := ReadAny(r)
	if r.Err() == nil && p.IsZero() {
		r.Fail(rejection.New(rejection.BadPoint, "the identity"))
	}
	return p
}

// ReadAny is Read, but takes the identity too: a value commitment may be it.
func ReadAny(r *encoding.Reader) Point {
	var b [Size]byte
	r.Fixed(b[:])
	if r.Err() != nil {
		return Identity()
	}
	largest := b[0]&0x80 != 0
	b[0] &= 0x7f
	var y fr.Element
	if y.SetBytesCanonical(b[:]) != nil {
		r.Fail(rejection.New(rejection.BadPoint, "the coordinate is not below the modulus"))
		return Identity()
	}
	p, ok := lift(y, largest)
	if !ok || !InSubgroup(p) {
		r.Fail(rejection.New(rejection.BadPoint, "not in the prime-order subgroup"))
		return Identity()
	}
	return p
}

// Decode is Read over a whole slice.
func Decode(b []byte) (Point, error) {
	r := encoding.NewReader(b)
	p := Read(r)
	return p, r.Done()
}

// InSubgroup reports whether p is on the curve and [order]p is the identity.
func InSubgroup(p Point) bool {
	if !p.IsOnCurve() {
		return false
	}
	q := combine([]Point{p}, [][Size]byte{[Size]byte(order.FillBytes(make([]byte, Size)))})
	return q.IsZero()
}

// Add returns p + q.
func Add(p, q Point) Point {
	var s Point
	s.Add(&p, &q)
	return s
}

// Neg returns −p.
func Neg(p Point) Point {
	var n Point
	n.Neg(&p)
	return n
}

// Mul returns [k]p.
func Mul(p Point, k Scalar) Point {
	var s Point
	s.ScalarMultiplication(&p, k.Big())
	return s
}

// MulUint64 returns [k]p.
func MulUint64(p Point, k uint64) Point {
	var s Point
	s.ScalarMultiplication(&p, new(big.Int).SetUint64(k))
	return s
}

// Coordinates returns (x, y), the public inputs of a point.
func Coordinates(p Point) (x, y field.Element) { return p.X, p.Y }
