package keys

import (
	"crypto/ecdh"
	"crypto/sha256"
	"math/big"
	"slices"

	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/encoding"
)

// Curve25519 is v² = u³ + 486662u² + u over 2^255 − 19; its group is cyclic of
// order 8ℓ. Points are u-coordinates of 32 little-endian bytes (RFC 7748).
//
// crypto/ecdh clamps: a scalar becomes a multiple of 8 between 2^254 and
// 2^255. Because 8ℓ > 2^255, no clamped scalar is 0 mod ℓ, so that X25519 of a
// point of order ℓ is never the neutral element, and X25519 of any point of
// the curve is in the prime-order subgroup.
//
// The big.Int arithmetic below runs in variable time and only on what an
// address makes public; everything secret goes through crypto/ecdh.
var (
	curvePrime = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	curveA     = big.NewInt(486662)
	curveA24   = big.NewInt(121665) // (486662 − 2)/4
	curveOrder = func() *big.Int {  // ℓ = 2^252 + 27742317777372353535851937790883648493
		l, _ := new(big.Int).SetString("27742317777372353535851937790883648493", 10)
		return l.SetBit(l, 252, 1)
	}()
)

// PointU is a point of Curve25519 as its encoded u-coordinate.
type PointU [32]byte

// DiversifiedBase returns G_d, hashed from d to the prime-order subgroup: for
// counter = 0, 1, …
//
//	u = SHA-256(len16(context) ‖ context ‖ d ‖ counter32), little-endian, bit 255 cleared
//
// the first u that is below 2^255 − 19, is on the curve (not its twist), and
// whose eightfold is not the neutral element; G_d is that eightfold.
func DiversifiedBase(d Diversifier) PointU {
	for counter := uint32(0); ; counter++ {
		w := encoding.NewWriter(64)
		w.Var([]byte(domain.DiversifiedU))
		w.Fixed(d[:])
		w.U32(counter)
		b := sha256.Sum256(w.Bytes())
		b[31] &= 0x7f
		u, ok := coordinate(b)
		if !ok || !onCurve(u) {
			continue
		}
		if g, ok := multiple(big.NewInt(8), u); ok {
			return encodeU(g)
		}
	}
}

// InSubgroup reports whether p is the canonical encoding of a point of order
// ℓ: below 2^255 − 19, on the curve, not of small order.
func (p PointU) InSubgroup() bool {
	u, ok := coordinate(p)
	if !ok || !onCurve(u) {
		return false
	}
	_, finite := multiple(curveOrder, u)
	return !finite
}

// coordinate decodes a canonical u-coordinate.
func coordinate(p PointU) (u *big.Int, ok bool) {
	slices.Reverse(p[:])
	u = new(big.Int).SetBytes(p[:])
	return u, u.Cmp(curvePrime) < 0
}

func encodeU(u *big.Int) (p PointU) {
	u.FillBytes(p[:])
	slices.Reverse(p[:])
	return p
}

// onCurve reports whether u³ + 486662u² + u is a non-zero square. It is zero
// only at u = 0, the point of order 2.
func onCurve(u *big.Int) bool {
	v := new(big.Int).Add(u, curveA)
	v.Mul(v, u)
	v.Add(v, big.NewInt(1))
	v.Mul(v, u)
	v.Mod(v, curvePrime)
	return big.Jacobi(v, curvePrime) == 1
}

// multiple returns the u-coordinate of [k]P by the Montgomery ladder of RFC
// 7748, without clamping; finite is false if [k]P is the neutral element.
func multiple(k, u *big.Int) (r *big.Int, finite bool) {
	mod := func(x *big.Int) *big.Int { return x.Mod(x, curvePrime) }
	add := func(x, y *big.Int) *big.Int { return mod(new(big.Int).Add(x, y)) }
	sub := func(x, y *big.Int) *big.Int { return mod(new(big.Int).Sub(x, y)) }
	mul := func(x, y *big.Int) *big.Int { return mod(new(big.Int).Mul(x, y)) }

	x2, z2 := big.NewInt(1), new(big.Int) // [n]P, n the bits of k read so far
	x3, z3 := new(big.Int).Set(u), big.NewInt(1)
	for i := k.BitLen() - 1; i >= 0; i-- {
		bit := k.Bit(i)
		if bit == 1 {
			x2, x3, z2, z3 = x3, x2, z3, z2
		}
		a, b := add(x2, z2), sub(x2, z2)
		aa, bb := mul(a, a), mul(b, b)
		e := sub(aa, bb)
		da, cb := mul(sub(x3, z3), a), mul(add(x3, z3), b)
		s, d := add(da, cb), sub(da, cb)
		x3, z3 = mul(s, s), mul(u, mul(d, d))
		x2, z2 = mul(aa, bb), mul(e, add(aa, mul(curveA24, e)))
		if bit == 1 {
			x2, x3, z2, z3 = x3, x2, z3, z2
		}
	}
	if z2.Sign() == 0 {
		return nil, false
	}
	return mul(x2, new(big.Int).ModInverse(z2, curvePrime)), true
}

// Exchange returns X25519(secret, p); ok is false if p is of small order, so
// that the result would be no secret.
func Exchange(secret [32]byte, p PointU) (shared PointU, ok bool) {
	k, err := ecdh.X25519().NewPrivateKey(secret[:])
	if err != nil {
		panic(err) // only a wrong length can fail, and the length is ours
	}
	return ExchangeWith(k, p)
}

// ExchangeWith is Exchange for a key that is used again and again.
func ExchangeWith(k *ecdh.PrivateKey, p PointU) (shared PointU, ok bool) {
	pub, err := ecdh.X25519().NewPublicKey(p[:])
	if err != nil {
		return shared, false
	}
	s, err := k.ECDH(pub)
	if err != nil {
		return shared, false
	}
	copy(shared[:], s)
	return shared, true
}
