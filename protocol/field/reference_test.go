package field

import (
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bls12-381/fr"
	"golang.org/x/crypto/sha3"
)

// roundKeys derives the round constants as spec/00 says: a chain of Keccak-256
// that starts at the hash of the parameter string, three constants in a full
// round, one in a partial one.
func roundKeys() [][]*big.Int {
	keccak := func(b []byte) []byte {
		h := sha3.NewLegacyKeccak256()
		h.Write(b)
		return h.Sum(nil)
	}
	state := keccak([]byte("Poseidon2-BLS12_381[t=3,rF=8,rP=56,d=5]"))
	keys := make([][]*big.Int, FullRounds+PartialRounds)
	for round := range keys {
		n := Width
		if partial(round) {
			n = 1
		}
		for range n {
			state = keccak(state)
			c := new(big.Int).SetBytes(state)
			keys[round] = append(keys[round], c.Mod(c, fr.Modulus()))
		}
	}
	return keys
}

func partial(round int) bool {
	return round >= FullRounds/2 && round < FullRounds/2+PartialRounds
}

// reference is Poseidon2 over integers: external matrix circ(2,1,1), internal
// matrix [[2,1,1],[1,2,1],[1,1,3]], S-box x^5.
func reference(in [3]Element, keys [][]*big.Int) (out [3]Element) {
	r := fr.Modulus()
	var s [3]*big.Int
	for i := range in {
		s[i] = in[i].BigInt(new(big.Int))
	}
	mix := func(diagonal [3]int64) {
		sum := new(big.Int).Add(s[0], s[1])
		sum.Add(sum, s[2])
		for i := range s {
			// row i is all ones with diagonal[i] on the diagonal
			s[i] = new(big.Int).Mul(s[i], big.NewInt(diagonal[i]-1))
			s[i].Add(s[i], sum).Mod(s[i], r)
		}
	}
	five := big.NewInt(5)
	mix([3]int64{2, 2, 2})
	for round, constants := range keys {
		for i, c := range constants {
			s[i] = new(big.Int).Add(s[i], c)
			s[i].Exp(s[i], five, r)
		}
		if partial(round) {
			mix([3]int64{2, 2, 3})
		} else {
			mix([3]int64{2, 2, 2})
		}
	}
	for i := range s {
		out[i].SetBigInt(s[i])
	}
	return out
}
