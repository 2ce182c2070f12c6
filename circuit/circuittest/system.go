package circuittest

import (
	"math/big"
	"slices"
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark/constraint"
	cs "github.com/consensys/gnark/constraint/bls12-381"
	"github.com/consensys/gnark/constraint/solver"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"

	"github.com/nightjar/nightjar/circuit/gadget"
)

// System is a compiled circuit to solve, not to prove.
type System struct {
	constraint.ConstraintSystem
	Groups []string // names in order of first appearance
	Marks  []Mark   // which constraints are whose, in order
}

// Mark says that Group has the constraints from First to the next mark.
type Mark struct {
	Group string
	First int
}

// Compile compiles a circuit, without the assertions of the groups in omit.
func Compile(t testing.TB, circuit frontend.Circuit, omit ...string) System {
	t.Helper()
	b := &builder{omit: omit}
	system, err := frontend.Compile(ecc.BLS12_381.ScalarField(), b.wrap, circuit)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range omit {
		if !slices.Contains(b.groups, name) {
			t.Fatalf("the circuit has no constraint group %q", name)
		}
	}
	return System{ConstraintSystem: system, Groups: b.groups, Marks: b.read(system)}
}

// Solve returns nil if the assignment satisfies the system.
func (s System) Solve(assignment frontend.Circuit) error {
	w, err := frontend.NewWitness(assignment, ecc.BLS12_381.ScalarField())
	if err != nil {
		return err
	}
	return s.IsSolved(w, solver.WithHints(gadget.Hints()...))
}

// builder is an R1CS builder that listens to gadget.Kit.Group and drops the
// assertions of some groups. What a group computes stays, so that the rest of
// the circuit is untouched.
type builder struct {
	frontend.Builder[constraint.U64]
	omit   []string
	groups []string
	silent bool
	mark   constraint.BlueprintID
	marked []string // the group of each mark
}

func (b *builder) wrap(f *big.Int, c frontend.CompileConfig) (frontend.Builder[constraint.U64], error) {
	inner, err := r1cs.NewBuilder[constraint.U64](f, c)
	if err != nil {
		return nil, err
	}
	b.Builder = inner
	b.mark = inner.AddBlueprint(mark{})
	return b, nil
}

// mark is an instruction that constrains and computes nothing. Its place among
// the others, which the system records, says where a group begins.
type mark struct{}

func (mark) CalldataSize() int                    { return 1 } // none; but the first word is read
func (mark) NbConstraints() int                   { return 0 }
func (mark) NbOutputs(constraint.Instruction) int { return 0 }
func (mark) UpdateInstructionTree(constraint.Instruction, constraint.InstructionTree) constraint.Level {
	return 0
}

// read returns the marks in the compiled system.
func (b *builder) read(system constraint.ConstraintSystem) (marks []Mark) {
	r1cs, ok := system.(*cs.R1CS)
	if !ok {
		return nil
	}
	for _, in := range r1cs.Instructions {
		if in.BlueprintID == b.mark {
			marks = append(marks, Mark{Group: b.marked[len(marks)], First: int(in.ConstraintOffset)})
		}
	}
	return marks
}

// Group is called by gadget.Kit.
func (b *builder) Group(name string) {
	if !slices.Contains(b.groups, name) {
		b.groups = append(b.groups, name)
	}
	b.silent = slices.Contains(b.omit, name)
	b.marked = append(b.marked, name)
	b.AddInstruction(b.mark, []uint32{0})
}

// AssertIsEqual drops or keeps the assertion.
func (b *builder) AssertIsEqual(i1, i2 frontend.Variable) {
	if !b.silent {
		b.Builder.AssertIsEqual(i1, i2)
	}
}

// AssertIsBoolean drops or keeps the assertion.
func (b *builder) AssertIsBoolean(i1 frontend.Variable) {
	if !b.silent {
		b.Builder.AssertIsBoolean(i1)
	}
}
