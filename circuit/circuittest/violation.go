package circuittest

import (
	"math/big"
	"slices"
	"testing"

	"github.com/consensys/gnark/frontend"

	"github.com/nightjar/nightjar/protocol/field"
)

// Violation is an assignment that breaks exactly one constraint group.
type Violation struct {
	Group      string
	Name       string
	Assignment frontend.Circuit
}

// Breaks returns a Violation.
func Breaks(group, name string, assignment frontend.Circuit) Violation {
	return Violation{Group: group, Name: name, Assignment: assignment}
}

// CheckViolations demands of each violation that the circuit refuses it and
// that the circuit without that one group accepts it: so nothing else is wrong
// with it, and nothing else would have caught it. Every group of the circuit
// must be violated at least once, but for those in elsewhere.
func CheckViolations(t *testing.T, circuit func() frontend.Circuit, violations []Violation, elsewhere ...string) {
	t.Helper()
	whole := Compile(t, circuit())
	mutants := map[string]System{}
	covered := slices.Clone(elsewhere)
	for _, v := range violations {
		t.Run(v.Group+"/"+v.Name, func(t *testing.T) {
			if err := whole.Solve(v.Assignment); err == nil {
				t.Error("the circuit accepts it")
			}
			mutant, ok := mutants[v.Group]
			if !ok {
				mutant = Compile(t, circuit(), v.Group)
				mutants[v.Group] = mutant
			}
			if err := mutant.Solve(v.Assignment); err != nil {
				t.Errorf("more than the group is violated: %v", err)
			}
		})
		covered = append(covered, v.Group)
	}
	for _, g := range whole.Groups {
		if !slices.Contains(covered, g) {
			t.Errorf("no witness violates group %q", g)
		}
	}
}

// Value returns an assigned variable as an element: integers, also negative
// ones, *big.Int and elements.
func Value(v frontend.Variable) (e field.Element) {
	if _, err := e.SetInterface(v); err != nil {
		panic(err)
	}
	return e
}

// Sum returns a + b + ….
func Sum(in ...field.Element) (sum field.Element) {
	for i := range in {
		sum.Add(&sum, &in[i])
	}
	return sum
}

// Product returns a · b.
func Product(a, b field.Element) (p field.Element) {
	p.Mul(&a, &b)
	return p
}

// Difference returns a − b.
func Difference(a, b field.Element) (d field.Element) {
	d.Sub(&a, &b)
	return d
}

// Select returns b + bit·(a − b), whatever bit is.
func Select(bit, a, b field.Element) field.Element {
	return Sum(b, Product(bit, Difference(a, b)))
}

// Shift returns e · 2^n.
func Shift(e field.Element, n uint) (p field.Element) {
	p.SetBigInt(new(big.Int).Lsh(big.NewInt(1), n))
	return Product(p, e)
}

// Low returns the lowest n bits of e: what a range check's hint gives.
func Low(e field.Element, n uint) *big.Int {
	v := e.BigInt(new(big.Int))
	mask := new(big.Int).Lsh(big.NewInt(1), n)
	return v.And(v, mask.Sub(mask, big.NewInt(1)))
}
