package ceremony

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"

	"github.com/consensys/gnark-crypto/ecc"
	curve "github.com/consensys/gnark-crypto/ecc/bls12-381"
	"github.com/consensys/gnark/backend/groth16/bls12-381/mpcsetup"

	"github.com/nightjar/nightjar/circuit/prove"
)

// The files are gnark's own encodings, whose sizes follow from the circuits.
// They are checked before gnark reads a byte: its decoder makes room for
// whatever a length says. All counts are big-endian.
const (
	g1Size        = curve.SizeOfG1AffineCompressed
	g2Size        = curve.SizeOfG2AffineCompressed
	proofSize     = g1Size + g2Size // of one factor: its commitment and proof of knowledge
	challengeSize = 1 + sha256.Size // length byte and hash
)

// maxConstraints bounds the circuits of a ceremony.
const maxConstraints = 1 << 20

var (
	errSize      = errors.New("it has not the size of its kind")
	errPoints    = errors.New("a point is malformed, outside the subgroup or not in its one form")
	errChallenge = errors.New("the contribution was made to another file than the one before")
)

// domain returns the number of powers that a circuit needs.
func domainOf(constraints int) uint64 { return ecc.NextPowerOfTwo(uint64(constraints)) }

// commonsSize is the size of sealed powers:
//
//	N (8) ‖ β in G2 ‖ τ^1..τ^(2N−2) in G1 ‖ τ^1..τ^(N−1) in G2 ‖ βτ^0..βτ^(N−1) ‖ ατ^0..ατ^(N−1) in G1
func commonsSize(n uint64) int {
	return 8 + g2Size + int(2*n-2)*g1Size + int(n-1)*g2Size + int(2*n)*g1Size
}

// powersSize is the size of a contribution to the powers: three proofs, the
// powers, the challenge.
func powersSize(n uint64) int { return 3*proofSize + commonsSize(n) + challengeSize }

// shape is what the size of a circuit's files follows from.
type shape struct {
	domain  uint64
	private int // wires that are not public
}

func shapeOf(s *prove.System) shape {
	internal, secret, _ := s.R1CS().GetNbVariables()
	return shape{domain: domainOf(s.Constraints()), private: internal + secret}
}

// circuitSize is the size of a circuit's file:
//
//	commitments (2), none ‖ δ in G1 ‖ count (4), K of private wires in G1
//	‖ count (4), Z_0..Z_(n−2) in G1 ‖ δ in G2 ‖ proof ‖ challenge
func (s shape) circuitSize(challenge int) int {
	return 2 + g1Size + 4 + s.private*g1Size + 4 + int(s.domain-1)*g1Size + g2Size + proofSize + challenge
}

// readCommons reads sealed powers.
func readCommons(b []byte, n uint64) (*mpcsetup.SrsCommons, error) {
	if len(b) != commonsSize(n) || binary.BigEndian.Uint64(b) != n {
		return nil, errSize
	}
	c := new(mpcsetup.SrsCommons)
	return c, read(c, b)
}

// readPowers reads a contribution to the powers that follows the file whose
// hash is base.
func readPowers(b []byte, n uint64, base Hash) (*mpcsetup.Phase1, error) {
	if len(b) != powersSize(n) || binary.BigEndian.Uint64(b[3*proofSize:]) != n {
		return nil, errSize
	}
	if !follows(b, base) {
		return nil, errChallenge
	}
	p := new(mpcsetup.Phase1)
	return p, read(p, b)
}

// readCircuit reads a contribution to a circuit's chain that follows the file
// whose hash is base, or, if base is nil, the chain's opening.
func readCircuit(b []byte, s shape, base *Hash) (*mpcsetup.Phase2, error) {
	challenge := 1
	if base != nil {
		challenge = challengeSize
	}
	if len(b) != s.circuitSize(challenge) || binary.BigEndian.Uint16(b) != 0 {
		return nil, errSize
	}
	private, z := b[2+g1Size:], b[2+g1Size+4+s.private*g1Size:]
	if binary.BigEndian.Uint32(private) != uint32(s.private) || binary.BigEndian.Uint32(z) != uint32(s.domain-1) {
		return nil, errSize
	}
	if base != nil && !follows(b, *base) {
		return nil, errChallenge
	}
	p := new(mpcsetup.Phase2)
	return p, read(p, b)
}

// follows reports whether a file ends in the challenge of a contribution to the
// file whose hash is base.
func follows(b []byte, base Hash) bool {
	end := b[len(b)-challengeSize:]
	return end[0] == sha256.Size && Hash(end[1:]) == base
}

// object is what gnark reads and writes.
type object interface {
	io.ReaderFrom
	io.WriterTo
}

// read reads a file whole. gnark checks each point's subgroup; only the one
// encoding of what was read is taken, so that a file's hash is gnark's hash of
// what is in it.
func read(p object, b []byte) error {
	n, err := p.ReadFrom(bytes.NewReader(b))
	if err != nil || n != int64(len(b)) || !bytes.Equal(write(p), b) {
		return errPoints
	}
	return nil
}

func write(p io.WriterTo) []byte {
	var b bytes.Buffer
	if _, err := p.WriteTo(&b); err != nil {
		panic(err) // a buffer takes everything
	}
	return b.Bytes()
}

// part returns the powers that a circuit of domain n uses, of those for a
// larger one.
func part(c *mpcsetup.SrsCommons, n uint64) *mpcsetup.SrsCommons {
	out := *c
	out.G1.Tau = c.G1.Tau[:2*n-1]
	out.G1.AlphaTau, out.G1.BetaTau = c.G1.AlphaTau[:n], c.G1.BetaTau[:n]
	out.G2.Tau = c.G2.Tau[:n]
	return &out
}
