package field

import (
	"github.com/consensys/gnark-crypto/ecc/bls12-381/fr/poseidon2"

	"github.com/nightjar/nightjar/protocol/domain"
)

// Poseidon2 parameters: width 3, 8 full and 56 partial rounds. The library's
// defaults (6/50) leave no security margin (spec/00, "Field and hash").
const (
	Width         = 3
	FullRounds    = 8
	PartialRounds = 56
)

// permutation is read-only after initialisation; making its constants takes
// milliseconds, so it is made once.
var permutation = poseidon2.NewPermutation(Width, FullRounds, PartialRounds)

// P applies the Poseidon2 permutation to (a, b, c).
func P(a, b, c Element) [3]Element {
	s := [3]Element{a, b, c}
	if err := permutation.Permutation(s[:]); err != nil {
		panic(err) // only a wrong width can fail, and the width is ours
	}
	return s
}

// K is the compression of three elements to one: K(a,b,c) = P(a,b,c)[0] + a.
func K(a, b, c Element) Element {
	s := P(a, b, c)
	s[0].Add(&s[0], &a)
	return s[0]
}

// K2 is K with a second output: (P[0] + a, P[1] + b).
func K2(a, b, c Element) (Element, Element) {
	s := P(a, b, c)
	s[0].Add(&s[0], &a)
	s[1].Add(&s[1], &b)
	return s[0], s[1]
}

// IV is the initial capacity of H: tag + 2^32 · n.
func IV(tag domain.Tag, n int) Element {
	return Pack(Word{uint64(tag), 0}, Word{uint64(n), 32})
}

// H is the sponge of width 3 and rate 2 whose capacity starts at
// tag + 2^32·n: the input is absorbed two elements a permutation, an odd last
// one alone; the output is the first lane.
func H(tag domain.Tag, in ...Element) Element {
	s := [3]Element{2: IV(tag, len(in))}
	for i := 0; i < len(in); i += 2 {
		s[0].Add(&s[0], &in[i])
		if i+1 < len(in) {
			s[1].Add(&s[1], &in[i+1])
		}
		s = P(s[0], s[1], s[2])
	}
	return s[0]
}
