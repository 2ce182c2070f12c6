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
// order 8ℓ, ℓ = 2^252 + 27742317777372353535851937790883648493. A point is its
// u-coordinate in 32 little-endian bytes (RFC 7748).
//
// X25519 clamps its scalar to a multiple of 8 in [2^254, 2^255). Because
// 8ℓ > 2^255, no clamped scalar is 0 mod ℓ: X25519 maps every point of the
// curve into the subgroup of order ℓ, and none but the eight points of small
// order to the neutral element, which crypto/ecdh refuses.
var (
	curvePrime = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	curveA     = big.NewInt(486662)

	// Two public scalars: clearing is 2^254 once clamped; unclearing is the
	// clamped k with k·2^254 = −1 mod ℓ, and a u-coordinate has no sign.
	clearing   = exchangeKey([32]byte{})
	unclearing = exchangeKey([32]byte{
		0xd8, 0x6a, 0x32, 0xf2, 0x41, 0xe6, 0xf7, 0xa2, 0x7f, 0x11, 0xbf, 0xba, 0x4a, 0xb5, 0x20, 0xc7,
		0x05, 0x25, 0x17, 0xc0, 0xf1, 0x2a, 0xc6, 0x7a, 0xf2, 0xb9, 0x05, 0x64, 0x43, 0x4e, 0x92, 0x58,
	})
)

// PointU is a point of Curve25519 as its encoded u-coordinate.
type PointU [32]byte

// DiversifiedBase returns G_d, hashed from d to the subgroup of order ℓ: for
// counter = 0, 1, …
//
//	u = SHA-256(len16(context) ‖ context ‖ d ‖ counter32), little-endian, bit 255 cleared
//
// the first u that is below 2^255 − 19, is on the curve and not its twist, and
// is not of small order; then G_d = X25519(0, u), which is [2^254]u.
func DiversifiedBase(d Diversifier) PointU {
	for counter := uint32(0); ; counter++ {
		w := encoding.NewWriter(64)
		w.Var([]byte(domain.DiversifiedU))
		w.Fixed(d[:])
		w.U32(counter)
		u := PointU(sha256.Sum256(w.Bytes()))
		u[31] &= 0x7f
		if !u.onCurve() {
			continue
		}
		if g, ok := ExchangeWith(clearing, u); ok {
			return g
		}
	}
}

// InSubgroup reports whether p is the canonical encoding of a point of order
// ℓ. Multiplying by two clamped scalars that cancel mod ℓ gives a point of
// order ℓ back; a component of small order, or a coordinate of 2^255 − 19 or
// more, is lost on the way.
func (p PointU) InSubgroup() bool {
	if !p.onCurve() {
		return false
	}
	cleared, ok := ExchangeWith(clearing, p)
	if !ok {
		return false
	}
	back, ok := ExchangeWith(unclearing, cleared)
	return ok && back == p
}

// onCurve reports whether p is a canonical coordinate and u³ + 486662u² + u a
// non-zero square. It is zero only at u = 0, the point of order 2. Variable
// time: p is public.
func (p PointU) onCurve() bool {
	slices.Reverse(p[:])
	u := new(big.Int).SetBytes(p[:])
	if u.Cmp(curvePrime) >= 0 {
		return false
	}
	v := new(big.Int).Add(u, curveA)
	v.Mul(v, u).Add(v, big.NewInt(1)).Mul(v, u)
	return big.Jacobi(v.Mod(v, curvePrime), curvePrime) == 1
}

// Exchange returns X25519(secret, p); ok is false if p is of small order, so
// that the result would be no secret.
func Exchange(secret [32]byte, p PointU) (shared PointU, ok bool) {
	return ExchangeWith(exchangeKey(secret), p)
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

func exchangeKey(scalar [32]byte) *ecdh.PrivateKey {
	k, err := ecdh.X25519().NewPrivateKey(scalar[:])
	if err != nil {
		panic(err) // only a wrong length can fail, and the length is ours
	}
	return k
}
