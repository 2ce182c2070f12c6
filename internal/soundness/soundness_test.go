package soundness_test

import (
	"bytes"
	"fmt"
	"os"
	"reflect"
	"slices"
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	cs "github.com/consensys/gnark/constraint/bls12-381"
	"github.com/consensys/gnark/constraint/solver"
	"github.com/consensys/gnark/frontend"

	"github.com/nightjar/nightjar/circuit/gadget"
	"github.com/nightjar/nightjar/circuit/prove"
	"github.com/nightjar/nightjar/internal/soundness"
)

// TestShortPass is the campaign on a few witnesses and cases; `make soundness`
// runs the whole.
func TestShortPass(t *testing.T) {
	for _, c := range circuits() {
		t.Run(c.name, func(t *testing.T) {
			m := c.compile(t)
			m.probeAll(t, 2).check(t)
			m.compareAll(t, 60, 10).check(t)
		})
	}
}

// TestReading: the system that is analysed is the one that is proven, though
// circuittest compiles it with marks of its own. Its constraints are all there,
// each in its group; it solves to the same wires; and exactly the public
// outputs' bindings are left out.
func TestReading(t *testing.T) {
	for _, c := range circuits() {
		t.Run(c.name, func(t *testing.T) {
			m := c.compile(t)
			proven, err := prove.Compile(prove.Name(c.name))
			if err != nil {
				t.Fatal(err)
			}
			if !sameConstraints(m.solver.ConstraintSystem.(*cs.R1CS), proven.R1CS()) {
				t.Fatal("what is analysed is not what is proven")
			}
			if got := m.system.Bindings(); got != c.bindings {
				t.Errorf("%d checks publish an output, want %d", got, c.bindings)
			}
			for _, constraint := range m.system.Constraints {
				if constraint.Group == "" {
					t.Fatal("a constraint of no group")
				}
			}
			for seed := range 3 {
				a, _ := c.draw(seed)
				w, err := frontend.NewWitness(a, ecc.BLS12_381.ScalarField())
				if err != nil {
					t.Fatal(err)
				}
				solved, err := m.solver.ConstraintSystem.Solve(w, solver.WithHints(gadget.Hints()...))
				if err != nil {
					t.Fatal(err)
				}
				trial := try(m.system, a)
				if !trial.Holds() {
					t.Fatal("a valid witness is refused")
				}
				for i, want := range solved.(*cs.R1CSSolution).W {
					w := soundness.Wire(i)
					if got := trial.Value(w); got != want {
						t.Fatalf("%s is another", m.system.WireName(w))
					}
				}
			}
		})
	}
}

// title is the first line of a circuit's results.
func title(s *prove.System) string {
	return fmt.Sprintf("| **%s** | digest `%.16x…` |\n", s.Name(), s.Digest())
}

// TestResults: the results in docs/soundness.md are of the systems that are
// proven. It does not run the campaign again.
func TestResults(t *testing.T) {
	text, err := os.ReadFile("../../docs/soundness.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range circuits() {
		s, err := prove.Compile(prove.Name(c.name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(text, []byte(title(s))) {
			t.Errorf("the results of %s are of another system: run make soundness", c.name)
		}
	}
}

// sameConstraints says whether two systems have the same inputs and constraints.
func sameConstraints(a, b *cs.R1CS) bool {
	internalA, _, _ := a.GetNbVariables()
	internalB, _, _ := b.GetNbVariables()
	return internalA == internalB && slices.Equal(a.Public, b.Public) && slices.Equal(a.Secret, b.Secret) &&
		slices.Equal(a.Coefficients, b.Coefficients) && reflect.DeepEqual(a.GetR1Cs(), b.GetR1Cs())
}

// TestUnique: for all inputs, every internal wire is a function of them, by the
// arguments of System.Unique, but for the hint outputs that are explained. Only
// additions on the curve divide: two quotients each.
func TestUnique(t *testing.T) {
	// At P = 0 its inverse may be anything, and the group refuses P = 0.
	const ofPrice = "positive solver.InvZeroHint 0"
	const additions = 84 // of a 252-bit multiple: 83, and one to add it
	quotients := map[string]int{"action": 2 * additions, "fill": 2 * (additions + 2*21 + 1), "collect": 2 * (additions + 21)}
	for _, c := range circuits() {
		t.Run(c.name, func(t *testing.T) {
			m := c.compile(t)
			u := m.system.Unique()
			t.Logf("%d linear, %d bits, %d quotients, %d by lemmas, %d open", u.Linear, u.Bits, u.Quotients, u.Lemmas, len(u.Open))
			for _, w := range u.Open {
				h := m.system.HintOf(w)
				if h == nil || explained[m.name+", "+h.String()] == "" && h.String() != ofPrice {
					t.Errorf("open: %s", m.system.WireName(w))
				}
			}
			if u.Quotients != quotients[c.name] {
				t.Errorf("%d quotients, want %d", u.Quotients, quotients[c.name])
			}
		})
	}
}
