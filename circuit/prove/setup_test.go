package prove

import (
	"errors"
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	cs "github.com/consensys/gnark/constraint/bls12-381"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"

	"github.com/nightjar/nightjar/protocol/rejection"
)

// free has a public input that no constraint mentions.
type free struct {
	Used   frontend.Variable `gnark:",public"`
	Unused frontend.Variable `gnark:",public"`
	Root   frontend.Variable
}

func (f *free) Define(api frontend.API) error {
	api.AssertIsEqual(f.Used, api.Mul(f.Root, f.Root))
	return nil
}

// TestFreeInputRefused: gnark compiles and sets up such a circuit without a
// word, and its proofs would hold for any value of the input.
func TestFreeInputRefused(t *testing.T) {
	compiled, err := frontend.Compile(ecc.BLS12_381.ScalarField(), r1cs.NewBuilder, new(free))
	if err != nil {
		t.Fatal(err)
	}
	s := &System{name: "free", r1cs: compiled.(*cs.R1CS)}
	if _, err := s.Setup(); !errors.Is(err, rejection.BadPoint) {
		t.Fatalf("%v", err)
	}
}
