package verify

import (
	curve "github.com/consensys/gnark-crypto/ecc/bls12-381"

	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// Sizes of compressed points and of a proof in bytes.
const (
	g1Size    = curve.SizeOfG1AffineCompressed
	g2Size    = curve.SizeOfG2AffineCompressed
	ProofSize = g1Size + g2Size + g1Size
)

// Proof is a Groth16 proof whose points were checked.
type Proof struct {
	a, c curve.G1Affine
	b    curve.G2Affine
}

// NewProof makes a proof of its three points.
func NewProof(a curve.G1Affine, b curve.G2Affine, c curve.G1Affine) (Proof, error) {
	p := Proof{a: a, b: b, c: c}
	return ParseProof(p.Encode())
}

// ParseProof decodes A ‖ B ‖ C. It refuses (BAD_PROOF) whatever Encode can't
// have written from points of the prime-order subgroups other than infinity.
func ParseProof(b [ProofSize]byte) (Proof, error) {
	r := encoding.NewReader(b[:])
	p := Proof{a: readG1(r), b: readG2(r), c: readG1(r)}
	if r.Done() != nil || p.a.IsInfinity() || p.b.IsInfinity() || p.c.IsInfinity() {
		return Proof{}, rejection.New(rejection.BadProof, "not the encoding of a proof")
	}
	return p, nil
}

// Encode returns the 192 bytes of the proof on the wire.
func (p Proof) Encode() (out [ProofSize]byte) {
	a, b, c := p.a.Bytes(), p.b.Bytes(), p.c.Bytes()
	copy(out[:], a[:])
	copy(out[g1Size:], b[:])
	copy(out[g1Size+g2Size:], c[:])
	return out
}

// readG1 reads a compressed point of the prime-order subgroup (BAD_POINT).
func readG1(r *encoding.Reader) (p curve.G1Affine) {
	var b [g1Size]byte
	r.Fixed(b[:])
	if r.Err() != nil {
		return p
	}
	// The library also takes the uncompressed form where the buffer is longer
	// and may one day take more; re-encoding pins the one encoding.
	if n, err := p.SetBytes(b[:]); err != nil || n != g1Size || p.Bytes() != b {
		r.Fail(rejection.New(rejection.BadPoint, "not a point of G1"))
	}
	return p
}

// readG2 reads a compressed point of the prime-order subgroup (BAD_POINT).
func readG2(r *encoding.Reader) (p curve.G2Affine) {
	var b [g2Size]byte
	r.Fixed(b[:])
	if r.Err() != nil {
		return p
	}
	if n, err := p.SetBytes(b[:]); err != nil || n != g2Size || p.Bytes() != b {
		r.Fail(rejection.New(rejection.BadPoint, "not a point of G2"))
	}
	return p
}

func writeG1(w *encoding.Writer, p curve.G1Affine) {
	b := p.Bytes()
	w.Fixed(b[:])
}

func writeG2(w *encoding.Writer, p curve.G2Affine) {
	b := p.Bytes()
	w.Fixed(b[:])
}
