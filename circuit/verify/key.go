package verify

import (
	"crypto/sha256"

	curve "github.com/consensys/gnark-crypto/ecc/bls12-381"

	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// keyVersion is the first byte of an encoded key.
const keyVersion = 1

// MaxPublic bounds the public inputs of a circuit.
const MaxPublic = 64

// Points are the points of a verifying key.
type Points struct {
	Alpha              curve.G1Affine
	Beta, Gamma, Delta curve.G2Affine
	K                  []curve.G1Affine // K[0] for the constant 1, then one a public input
}

// Key is the verifying key of one circuit.
type Key struct {
	points Points
	hash   [32]byte
	base   curve.GT // e(α, β)
}

// Keys are the verifying keys of a chain.
type Keys struct{ Action, Fill, Collect *Key }

// NewKey makes a key of its points. It refuses (BAD_POINT) a point outside the
// prime-order subgroup and infinity anywhere: a K at infinity is a public
// input that no constraint mentions and that anybody could alter.
func NewKey(p Points) (*Key, error) {
	bad := func(what string) (*Key, error) {
		return nil, rejection.New(rejection.BadPoint, "verifying key: %s", what)
	}
	if len(p.K) < 2 || len(p.K) > MaxPublic+1 {
		return nil, rejection.New(rejection.OutOfRange, "verifying key: %d points for public inputs", len(p.K))
	}
	for _, q := range []curve.G2Affine{p.Beta, p.Gamma, p.Delta} {
		if q.IsInfinity() || !q.IsInSubGroup() {
			return bad("beta, gamma or delta")
		}
	}
	for _, q := range append([]curve.G1Affine{p.Alpha}, p.K...) {
		if q.IsInfinity() || !q.IsInSubGroup() {
			return bad("alpha or an input point")
		}
	}
	k := &Key{points: p}
	k.points.K = append([]curve.G1Affine(nil), p.K...)
	base, err := curve.Pair([]curve.G1Affine{p.Alpha}, []curve.G2Affine{p.Beta})
	if err != nil {
		return nil, err
	}
	k.base = base
	w := encoding.NewWriter(1024)
	w.Var([]byte(domain.VerifyingKey))
	w.Fixed(k.Encode())
	k.hash = sha256.Sum256(w.Bytes())
	return k, nil
}

// ParseKey is the inverse of Encode.
func ParseKey(b []byte) (*Key, error) {
	r := encoding.NewReader(b)
	if v := r.U8(); r.Err() == nil && v != keyVersion {
		return nil, rejection.New(rejection.UnknownVersion, "verifying key version %d", v)
	}
	p := Points{Alpha: readG1(r), Beta: readG2(r), Gamma: readG2(r), Delta: readG2(r)}
	n := r.Count(MaxPublic + 1)
	for i := 0; i < n && r.Err() == nil; i++ {
		p.K = append(p.K, readG1(r))
	}
	if err := r.Done(); err != nil {
		return nil, err
	}
	return NewKey(p)
}

// Encode returns the canonical bytes: version, α, β, γ, δ, the number of K and
// the K, every point compressed.
func (k *Key) Encode() []byte {
	w := encoding.NewWriter(512 + 48*len(k.points.K))
	w.U8(keyVersion)
	writeG1(w, k.points.Alpha)
	writeG2(w, k.points.Beta)
	writeG2(w, k.points.Gamma)
	writeG2(w, k.points.Delta)
	w.U16(uint16(len(k.points.K)))
	for _, p := range k.points.K {
		writeG1(w, p)
	}
	return w.Bytes()
}

// Hash identifies the key: SHA-256(context ‖ encoding). The genesis holds it.
func (k *Key) Hash() [32]byte { return k.hash }

// Inputs returns the number of public inputs that the key expects.
func (k *Key) Inputs() int { return len(k.points.K) - 1 }
