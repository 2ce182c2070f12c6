package field

import (
	"bytes"
	"errors"
	"math/big"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bls12-381/fr"

	"github.com/nightjar/nightjar/internal/testkit/vector"
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/rejection"
)

type fieldVectors struct {
	Permutation []triple         `json:"permutation"`
	Sponge      []sponge         `json:"sponge"`
	FromHash    []fromHash       `json:"from_hash"`
	Refused     []vector.Refusal `json:"refused"`
}

// triple is the permutation and both compressions of one input.
type triple struct {
	In [3]vector.Hex `json:"in"`
	P  [3]vector.Hex `json:"p"`
	K  vector.Hex    `json:"k"`
	K2 [2]vector.Hex `json:"k2"`
}

type sponge struct {
	Tag uint16       `json:"tag"`
	In  []vector.Hex `json:"in"`
	Out vector.Hex   `json:"out"`
}

type fromHash struct {
	Context string       `json:"context"`
	Parts   []vector.Hex `json:"parts"`
	Out     vector.Hex   `json:"out"`
}

func hexes(in ...Element) (out []vector.Hex) {
	for _, e := range in {
		out = append(out, wire(e))
	}
	return out
}

// sample is element number n of a fixed sequence.
func sample(n uint64) Element { return FromHash(domain.Generator, wire(FromUint64(n))) }

func TestVectors(t *testing.T) {
	var v fieldVectors
	for _, in := range [][3]Element{
		{},
		{FromUint64(0), FromUint64(1), FromUint64(2)},
		{sample(0), sample(1), sample(2)},
	} {
		p, k := P(in[0], in[1], in[2]), K(in[0], in[1], in[2])
		x, y := K2(in[0], in[1], in[2])
		v.Permutation = append(v.Permutation, triple{
			[3]vector.Hex(hexes(in[:]...)), [3]vector.Hex(hexes(p[:]...)), wire(k), [2]vector.Hex(hexes(x, y)),
		})
	}
	for n := range 6 {
		var in []Element
		for i := range n {
			in = append(in, sample(uint64(10*n+i)))
		}
		v.Sponge = append(v.Sponge, sponge{uint16(domain.PK), hexes(in...), wire(H(domain.PK, in...))})
	}
	for _, parts := range [][]vector.Hex{{}, {{}}, {{1, 2}, {3}}} {
		raw := make([][]byte, len(parts))
		for i, p := range parts {
			raw[i] = p
		}
		v.FromHash = append(v.FromHash, fromHash{string(domain.Randomizer), parts, wire(FromHash(domain.Randomizer, raw...))})
	}
	for _, r := range refusals() {
		v.Refused = append(v.Refused, vector.Refusal{Name: r.name, Bytes: r.b, Code: r.code.Name()})
	}
	vector.Check(t, "field", v)
}

type refusal struct {
	name string
	b    []byte
	code rejection.Code
}

func refusals() []refusal {
	above := new(big.Int).Add(fr.Modulus(), big.NewInt(1))
	return []refusal{
		{"the modulus", fr.Modulus().Bytes(), rejection.NonCanonical},
		{"the modulus plus 1", above.Bytes(), rejection.NonCanonical},
		{"all ones", bytes.Repeat([]byte{0xff}, Size), rejection.NonCanonical},
		{"truncated", make([]byte, Size-1), rejection.Truncated},
		{"a byte left over", make([]byte, Size+1), rejection.TrailingBytes},
		{"nothing", nil, rejection.Truncated},
	}
}

func TestRefusals(t *testing.T) {
	for _, r := range refusals() {
		if _, err := FromBytes(r.b); !errors.Is(err, r.code) {
			t.Errorf("%s: %v", r.name, err)
		}
	}
}

// The library's permutation equals the one of reference_test.go, written again
// over integers from the paper (eprint 2023/323) and spec/00.
func TestPermutationAgainstIntegers(t *testing.T) {
	keys := roundKeys()
	for n := range uint64(4) {
		in := [3]Element{sample(n), sample(n + 100), FromUint64(n)}
		want := reference(in, keys)
		if got := P(in[0], in[1], in[2]); got != want {
			t.Fatalf("input %d: the permutation differs from its specification", n)
		}
	}
}
