package jubjub

import (
	"math/big"

	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// Scalar is an integer modulo the subgroup's order. The zero value is 0. It is
// a value: results never share memory with inputs.
type Scalar struct{ b [Size]byte }

// ScalarFromBig returns v mod order.
func ScalarFromBig(v *big.Int) Scalar {
	var s Scalar
	new(big.Int).Mod(v, order).FillBytes(s.b[:])
	return s
}

// ScalarFromHash maps bytes to a scalar with bias below 2^-256.
func ScalarFromHash(ctx domain.Context, parts ...[]byte) Scalar {
	return ScalarFromBig(field.WideHash(ctx, parts...))
}

// ReadScalar reads a canonical big-endian scalar; NON_CANONICAL if it is not
// below the order.
func ReadScalar(r *encoding.Reader) Scalar {
	var s Scalar
	r.Fixed(s.b[:])
	if r.Err() == nil && s.Big().Cmp(order) >= 0 {
		r.Fail(rejection.New(rejection.NonCanonical, "a scalar is not below the group order"))
		return Scalar{}
	}
	return s
}

// Big returns the scalar as an integer in [0, order).
func (s Scalar) Big() *big.Int { return new(big.Int).SetBytes(s.b[:]) }

// Bytes returns the canonical big-endian encoding.
func (s Scalar) Bytes() [Size]byte { return s.b }

// IsZero reports whether s is 0.
func (s Scalar) IsZero() bool { return s == Scalar{} }

// Add returns s + t mod order.
func (s Scalar) Add(t Scalar) Scalar { return ScalarFromBig(s.Big().Add(s.Big(), t.Big())) }

// Mul returns s · t mod order.
func (s Scalar) Mul(t Scalar) Scalar { return ScalarFromBig(s.Big().Mul(s.Big(), t.Big())) }
