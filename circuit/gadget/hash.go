package gadget

import (
	"math/big"

	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/field"
)

// P is the Poseidon2 permutation, the twin of field.P: 240 constraints.
func (k *Kit) P(a, b, c Variable) (x, y, z Variable) {
	s := []Variable{a, b, c}
	if err := k.permutation.Permutation(s); err != nil {
		panic(err) // only a wrong width can fail, and the width is ours
	}
	return s[0], s[1], s[2]
}

// K is K(a,b,c) = P(a,b,c)[0] + a.
func (k *Kit) K(a, b, c Variable) Variable {
	x, _, _ := k.P(a, b, c)
	return k.Add(x, a)
}

// K2 is K with a second output: (P[0] + a, P[1] + b).
func (k *Kit) K2(a, b, c Variable) (Variable, Variable) {
	x, y, _ := k.P(a, b, c)
	return k.Add(x, a), k.Add(y, b)
}

// H is the sponge of width 3 and rate 2, the twin of field.H.
func (k *Kit) H(tag domain.Tag, in ...Variable) Variable {
	s := k.Sponge(tag, len(in))
	for i := 0; i < len(in); i += 2 {
		if i+1 < len(in) {
			s = s.Absorb(k, in[i], in[i+1])
		} else {
			s = s.Absorb(k, in[i], 0)
		}
	}
	return s[0]
}

// State is a sponge between two absorptions: hashes with a common prefix
// share it.
type State [field.Width]Variable

// Sponge returns the initial state of H for n elements.
func (k *Kit) Sponge(tag domain.Tag, n int) State {
	iv := field.IV(tag, n)
	return State{0, 0, iv.BigInt(new(big.Int))}
}

// Absorb returns the state after two more elements.
func (s State) Absorb(k *Kit, a, b Variable) State {
	x, y, z := k.P(k.Add(s[0], a), k.Add(s[1], b), s[2])
	return State{x, y, z}
}
