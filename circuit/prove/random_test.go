package prove_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/consensys/gnark-crypto/ecc"
	groth16 "github.com/consensys/gnark/backend/groth16/bls12-381"
	cs "github.com/consensys/gnark/constraint/bls12-381"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"

	"github.com/nightjar/nightjar/circuit/circuittest"
	"github.com/nightjar/nightjar/circuit/prove"
	"github.com/nightjar/nightjar/internal/testkit/cpu"
)

// random is a circuit of the same size as another one and of no meaning: as
// many constraints, wires, public inputs and terms in each constraint, but
// between wires drawn at random. What gnark takes for it is what a proof of
// that size costs.
type random struct {
	Public []frontend.Variable `gnark:",public"`
	Secret []frontend.Variable

	terms [][2]int // of the two factors of each constraint
}

// newRandom returns the random circuit of s's size. Every constraint of it
// makes a wire; s has a few that don't, so it gets as many fewer inputs.
func newRandom(s *cs.R1CS) *random {
	r := &random{Public: make([]frontend.Variable, s.GetNbPublicVariables()-1)}
	it := s.GetR1CIterator()
	for c := it.Next(); c != nil; c = it.Next() {
		r.terms = append(r.terms, [2]int{len(c.L), len(c.R)})
	}
	r.Secret = make([]frontend.Variable, wires(s)-s.GetNbPublicVariables()-len(r.terms))
	return r
}

func wires(s *cs.R1CS) int {
	return s.GetNbPublicVariables() + s.GetNbSecretVariables() + s.GetNbInternalVariables()
}

func (r *random) Define(api frontend.API) error {
	luck := rand.New(rand.NewPCG(1, 2))
	wires := append(append([]frontend.Variable{}, r.Public...), r.Secret...)
	sum := func(terms int) frontend.Variable {
		out := frontend.Variable(0)
		for range terms {
			out = api.Add(out, api.Mul(1+luck.IntN(2000), wires[luck.IntN(len(wires))]))
		}
		return out
	}
	for _, t := range r.terms {
		wires = append(wires, api.Mul(sum(t[0]), sum(t[1])))
	}
	return nil
}

// assign returns the circuit with values.
func (r *random) assign() *random {
	out := &random{Public: make([]frontend.Variable, len(r.Public)), Secret: make([]frontend.Variable, len(r.Secret))}
	luck := rand.New(rand.NewPCG(3, 4))
	for _, list := range [][]frontend.Variable{out.Public, out.Secret} {
		for i := range list {
			list[i] = luck.Uint64()
		}
	}
	return out
}

// BenchmarkAgainstRandom proves in turn a statement of ours, from the witness
// as the product has it to the checked 192 bytes, and with gnark alone one of
// the random circuit of equal size, whose witness is ready. The limit of the
// ratio is 1.05.
func BenchmarkAgainstRandom(b *testing.B) {
	p := circuittest.Prover(b)
	for _, name := range prove.Names() {
		b.Run(string(name), func(b *testing.B) {
			s, err := prove.Compile(name)
			if err != nil {
				b.Fatal(err)
			}
			shape := newRandom(s.R1CS())
			compiled, err := frontend.Compile(ecc.BLS12_381.ScalarField(), r1cs.NewBuilder, shape)
			if err != nil {
				b.Fatal(err)
			}
			system := compiled.(*cs.R1CS)
			if system.GetNbConstraints() != s.Constraints() || wires(system) != wires(s.R1CS()) {
				b.Fatalf("%d constraints and %d wires, not %d and %d", system.GetNbConstraints(), wires(system), s.Constraints(), wires(s.R1CS()))
			}
			var pk groth16.ProvingKey
			var vk groth16.VerifyingKey
			if err := groth16.Setup(system, &pk, &vk); err != nil {
				b.Fatal(err)
			}
			witness, err := frontend.NewWitness(shape.assign(), ecc.BLS12_381.ScalarField())
			if err != nil {
				b.Fatal(err)
			}
			ours := statement(p, name)
			var own, gnark time.Duration
			for b.Loop() {
				start := cpu.Now()
				if _, err := ours(); err != nil {
					b.Fatal(err)
				}
				between := cpu.Now()
				if _, err := groth16.Prove(system, &pk, witness); err != nil {
					b.Fatal(err)
				}
				own, gnark = own+between-start, gnark+cpu.Now()-between
			}
			b.ReportMetric(float64(own.Microseconds())/1000/float64(b.N), "own-cpu-ms")
			b.ReportMetric(float64(gnark.Microseconds())/1000/float64(b.N), "random-cpu-ms")
			b.ReportMetric(own.Seconds()/gnark.Seconds(), "ratio")
		})
	}
}
