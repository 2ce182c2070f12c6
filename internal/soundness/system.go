package soundness

import (
	"fmt"
	"math/big"
	"path"
	"slices"

	"github.com/consensys/gnark-crypto/ecc/bls12-381/fr"
	"github.com/consensys/gnark/constraint"
	cs "github.com/consensys/gnark/constraint/bls12-381"
	"github.com/consensys/gnark/constraint/solver"
)

// Wire is the index of a value: 0 is the constant 1, then come the public
// inputs, the secret inputs and the internal wires.
type Wire uint32

// term is coeff · wire.
type term struct {
	wire  Wire
	coeff fr.Element
}

// sum is a linear expression.
type sum []term

// Constraint is L · R = O.
type Constraint struct {
	L, R, O sum
	Group   string

	// What the constraint computes: the one wire that no earlier step has. A
	// constraint that computes none checks.
	computes Wire
	checks   bool
	// A check that ties a public output to its value. See System.bind.
	binds bool
}

// sides returns L, R and O.
func (c *Constraint) sides() [3]sum { return [3]sum{c.L, c.R, c.O} }

// Hint is a call of a function of the prover: its outputs, wires First to
// End − 1, are whatever the prover says.
type Hint struct {
	Kind       string // the function's name
	Group      string
	Ordinal    int // among the calls of this kind in this group
	inputs     []sum
	first, end Wire
	function   solver.Hint
}

// String names the call: group, function, ordinal.
func (h *Hint) String() string { return fmt.Sprintf("%s %s %d", h.Group, h.Kind, h.Ordinal) }

// step is a constraint or a hint, in the order in which a prover computes.
type step struct {
	constraint *Constraint
	hint       *Hint
}

// System is a compiled circuit, read for analysis.
type System struct {
	Name        string
	Constraints []*Constraint
	Hints       []*Hint

	names   []string // of the inputs, the constant included
	public  int      // number of public wires, the constant included
	wires   int
	steps   []step
	readers [][]int32 // steps that read a wire, in order
	maker   []int32   // step that makes a wire, or one of the two below
	modulus *big.Int
}

// What a maker may be instead of a step.
const (
	given  = -1 // the wire is an input
	nobody = -2 // while reading: no step so far
)

// Mark says that Group has the constraints from First to the next mark.
type Mark struct {
	Group string
	First int
}

// Read reads a compiled system. outputs names the public inputs that follow
// from the private ones, so that a prover may choose what they are.
func Read(name string, compiled constraint.ConstraintSystem, marks []Mark, outputs []string, hints ...solver.Hint) (*System, error) {
	r1cs, ok := compiled.(*cs.R1CS)
	if !ok {
		return nil, fmt.Errorf("%s: not a rank-1 system over BLS12-381", name)
	}
	internal, secret, public := r1cs.GetNbVariables()
	s := &System{
		Name: name, names: slices.Concat(r1cs.Public, r1cs.Secret), public: public,
		wires: internal + secret + public, modulus: r1cs.Field(),
	}
	s.maker = make([]int32, s.wires)
	s.readers = make([][]int32, s.wires)
	for w := public + secret; w < s.wires; w++ {
		s.maker[w] = nobody
	}
	for w := range public + secret {
		s.maker[w] = given
	}
	functions := map[solver.HintID]solver.Hint{}
	for _, h := range append(solver.GetRegisteredHints(), hints...) {
		functions[solver.GetHintID(h)] = h
	}
	ordinals := map[string]int{}
	group := ""
	for i := range r1cs.Instructions {
		packed := r1cs.Instructions[i]
		for len(marks) > 0 && marks[0].First <= int(packed.ConstraintOffset) {
			group, marks = marks[0].Group, marks[1:]
		}
		in := packed.Unpack(&r1cs.System)
		var err error
		switch b := r1cs.Blueprints[packed.BlueprintID].(type) {
		case constraint.BlueprintR1C:
			var c constraint.R1C
			b.DecompressR1C(&c, in)
			err = s.addConstraint(group, c, r1cs.Coefficients)
		case constraint.BlueprintHint:
			var m constraint.HintMapping
			b.DecompressHint(&m, in)
			kind := path.Base(r1cs.MHintsDependencies[m.HintID])
			key := group + " " + kind
			err = s.addHint(group, kind, ordinals[key], m, functions[m.HintID], r1cs.Coefficients)
			ordinals[key]++
		default:
			if b.NbConstraints() != 0 || b.NbOutputs(in) != 0 {
				err = fmt.Errorf("an instruction of kind %T", b)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("%s, instruction %d: %w", name, i, err)
		}
	}
	for w, m := range s.maker {
		if m == nobody {
			return nil, fmt.Errorf("%s: nothing makes wire %d", name, w)
		}
	}
	if len(s.Constraints) != compiled.GetNbConstraints() {
		return nil, fmt.Errorf("%s: read %d of %d constraints", name, len(s.Constraints), compiled.GetNbConstraints())
	}
	return s, s.bind(outputs)
}

func (s *System) addConstraint(group string, r constraint.R1C, coefficients []fr.Element) error {
	c := &Constraint{
		L: read(r.L, coefficients), R: read(r.R, coefficients), O: read(r.O, coefficients),
		Group: group, checks: true,
	}
	me := int32(len(s.steps))
	seen := map[Wire]int{}
	for _, side := range c.sides() {
		for _, t := range side {
			seen[t.wire]++
		}
	}
	for w, times := range seen {
		switch {
		case s.maker[w] != nobody:
			s.readers[w] = append(s.readers[w], me)
		case !c.checks || times != 1:
			return fmt.Errorf("constraint %d computes more than one wire", len(s.Constraints))
		default:
			c.computes, c.checks = w, false
			s.maker[w] = me
		}
	}
	s.Constraints = append(s.Constraints, c)
	s.steps = append(s.steps, step{constraint: c})
	return nil
}

func (s *System) addHint(group, kind string, ordinal int, m constraint.HintMapping, f solver.Hint, coefficients []fr.Element) error {
	if f == nil {
		return fmt.Errorf("an unknown hint %s", kind)
	}
	h := &Hint{
		Kind: kind, Group: group, Ordinal: ordinal, function: f,
		first: Wire(m.OutputRange.Start), end: Wire(m.OutputRange.End),
	}
	me := int32(len(s.steps))
	for _, from := range m.Inputs {
		in := read(from, coefficients)
		for _, t := range in {
			if s.maker[t.wire] == nobody {
				return fmt.Errorf("hint %s reads a wire that nothing has made", h)
			}
			s.readers[t.wire] = append(s.readers[t.wire], me)
		}
		h.inputs = append(h.inputs, in)
	}
	for w := h.first; w < h.end; w++ {
		s.maker[w] = me
	}
	s.Hints = append(s.Hints, h)
	s.steps = append(s.steps, step{hint: h})
	return nil
}

// read copies a linear expression. Constants stand on wire 0.
func read(from constraint.LinearExpression, coefficients []fr.Element) sum {
	out := make(sum, 0, len(from))
	for _, t := range from {
		w := Wire(t.VID)
		if t.IsConstant() {
			w = 0
		}
		if c := coefficients[t.CID]; !c.IsZero() {
			out = append(out, term{w, c})
		}
	}
	return out
}

// bind finds the checks that tie a public output to what the circuit computed:
// those that mention it, or a wire that was computed from it and is in no
// other step (real·(root − anchor) = 0 takes two constraints). A prover who
// changes the value changes the output with it, so they stop nobody.
func (s *System) bind(outputs []string) error {
	isOutput := make([]bool, s.wires)
	for _, name := range outputs {
		w := slices.Index(s.names[:s.public], name)
		if w < 0 {
			return fmt.Errorf("%s has no public input %q: %q", s.Name, name, s.names[:s.public])
		}
		isOutput[w] = true
	}
	mentions := func(c *Constraint) bool {
		return slices.ContainsFunc(slices.Concat(c.L, c.R, c.O), func(t term) bool { return isOutput[t.wire] })
	}
	onlyHere := func(w Wire) bool { // computed from an output, for one reader
		m := s.maker[w]
		return m >= 0 && s.steps[m].constraint != nil && len(s.readers[w]) == 1 && mentions(s.steps[m].constraint)
	}
	for _, c := range s.Constraints {
		if c.checks {
			c.binds = mentions(c) ||
				slices.ContainsFunc(slices.Concat(c.L, c.R, c.O), func(t term) bool { return onlyHere(t.wire) })
		}
	}
	return nil
}

// Bindings returns the number of checks that only publish a result.
func (s *System) Bindings() (n int) {
	for _, c := range s.Constraints {
		if c.binds {
			n++
		}
	}
	return n
}

// WireName returns the name of an input, or where an internal wire comes from.
func (s *System) WireName(w Wire) string {
	if int(w) < len(s.names) {
		return s.names[w]
	}
	if h := s.steps[s.maker[w]].hint; h != nil {
		return fmt.Sprintf("%s[%d]", h, w-h.first)
	}
	return fmt.Sprintf("wire %d, computed in %s", w, s.steps[s.maker[w]].constraint.Group)
}

// Public returns the number of public inputs.
func (s *System) Public() int { return s.public - 1 }

// HintOf returns the hint that makes a wire, or nil.
func (s *System) HintOf(w Wire) *Hint {
	if s.maker[w] < 0 {
		return nil
	}
	return s.steps[s.maker[w]].hint
}
