package jubjub

import (
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/encoding"
)

// SignatureSize is the length of an encoded signature: R ‖ S.
const SignatureSize = 2 * Size

// Signature is a Schnorr signature (R, S) with [S]B = R + [c]K for base B and
// key K, c = hash(context; R, K, message).
type Signature [SignatureSize]byte

// challenge binds the nonce, the key and the message under the context.
func challenge(ctx domain.Context, r [Size]byte, key Point, message []byte) Scalar {
	k := Encode(key)
	return ScalarFromHash(ctx, r[:], k[:], message)
}

// Sign signs message under the secret key of base. The nonce is derived from
// the secret, the message and entropy: with fresh entropy it is hedged, with
// none it is deterministic; either is safe.
func Sign(ctx domain.Context, base Point, secret Scalar, message, entropy []byte) Signature {
	sb := secret.Bytes()
	k := ScalarFromHash(domain.SchnorrNonce, []byte(ctx), sb[:], entropy, message)
	r := Encode(Mul(base, k))
	c := challenge(ctx, r, Mul(base, secret), message)
	s := k.Add(c.Mul(secret)).Bytes()
	var sig Signature
	copy(sig[:Size], r[:])
	copy(sig[Size:], s[:])
	return sig
}

// Verify reports whether sig is a valid signature of message under key. The
// key must be in the prime-order subgroup (Read guarantees it); an identity
// key never verifies.
func Verify(ctx domain.Context, base, key Point, message []byte, sig Signature) bool {
	if key.IsZero() {
		return false
	}
	r := encoding.NewReader(sig[Size:])
	s := ReadScalar(r)
	if r.Done() != nil {
		return false
	}
	var rb [Size]byte
	copy(rb[:], sig[:Size])
	c := challenge(ctx, rb, key, message)
	// R = [S]B − [c]K, compared as encodings: a non-canonical R never matches,
	// and R is in the subgroup because the right-hand side is.
	sum := combine([]Point{base, Neg(key)}, [][Size]byte{s.Bytes(), c.Bytes()})
	var want Point
	want.FromExtended(&sum)
	return Encode(want) == rb
}
