package gadget

import (
	"math/big"

	"github.com/consensys/gnark/constraint/solver"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/std/math/bits"
	"github.com/consensys/gnark/std/permutation/poseidon2"

	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/field"
)

// Variable is a value inside a circuit.
type Variable = frontend.Variable

// Kit is the builder of one circuit together with the gadgets.
type Kit struct {
	frontend.API
	permutation *poseidon2.Permutation
}

// New makes a Kit over api. It fails only on a field other than BLS12-381's.
func New(api frontend.API) (*Kit, error) {
	p, err := poseidon2.NewPoseidon2FromParameters(api, field.Width, field.FullRounds, field.PartialRounds)
	if err != nil {
		return nil, err
	}
	return &Kit{API: api, permutation: p}, nil
}

// Hints returns the functions that the solver needs for the gadgets' hints.
func Hints() []solver.Hint { return []solver.Hint{divideHint, notBelowHint} }

// Group names the constraint group that the following constraints belong to.
// The name constrains nothing: a builder that cares (circuit/circuittest, which
// counts a group's constraints or leaves them out) learns it, others don't.
func (k *Kit) Group(name string) {
	if g, ok := k.API.(interface{ Group(name string) }); ok {
		g.Group(name)
	}
}

// Range asserts v < 2^n and returns the n bits of v, lowest first; n < 255.
func (k *Kit) Range(v Variable, n int) []Variable {
	return bits.ToBinary(k.API, v, bits.WithNbDigits(n))
}

// Choose returns a if bit = 1 and b if bit = 0; bit must be boolean.
func (k *Kit) Choose(bit, a, b Variable) Variable {
	return k.Add(b, k.Mul(bit, k.Sub(a, b)))
}

// Not returns 1 − bit.
func (k *Kit) Not(bit Variable) Variable { return k.Sub(1, bit) }

// When asserts a = b if bit = 1 and nothing if bit = 0.
func (k *Kit) When(bit, a, b Variable) {
	k.AssertIsEqual(k.Mul(bit, k.Sub(a, b)), 0)
}

// Word is a value and its place in a packed element.
type Word struct {
	V     Variable
	Shift uint
}

// Pack returns Σ V·2^Shift, the twin of field.Pack. It is injective only if
// every word was range-checked to the room it has.
func (k *Kit) Pack(words ...Word) Variable {
	var sum Variable = 0
	for _, w := range words {
		sum = k.Add(sum, k.Mul(w.V, new(big.Int).Lsh(big.NewInt(1), w.Shift)))
	}
	return sum
}

// Money returns value + 2^64·asset + 2^96·tag, the twin of note.Money;
// value < 2^64, asset < 2^32. The tag is NOTE, ORDER or a choice of the two.
func (k *Kit) Money(tag, asset, value Variable) Variable {
	return k.Pack(Word{value, 0}, Word{asset, 64}, Word{tag, 96})
}

// Tag returns tag·2^shift.
func Tag(tag domain.Tag, shift uint) *big.Int {
	return new(big.Int).Lsh(big.NewInt(int64(tag)), shift)
}
