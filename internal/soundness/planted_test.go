package soundness_test

import (
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/consensys/gnark/constraint/solver"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/std/math/bits"

	"github.com/nightjar/nightjar/circuit/circuittest"
	"github.com/nightjar/nightjar/circuit/gadget"
	"github.com/nightjar/nightjar/internal/soundness"
)

// faulty is a small circuit with a fault: In are given, Out follows.
type faulty struct {
	In     []frontend.Variable
	Out    frontend.Variable `gnark:",public"`
	define func(k *gadget.Kit, in []frontend.Variable) (out frontend.Variable)
}

func (f *faulty) Define(api frontend.API) error {
	k, err := gadget.New(api)
	if err != nil {
		return err
	}
	k.Group("faulty")
	k.AssertIsEqual(f.Out, f.define(k, f.In))
	return nil
}

// ask calls one of the circuits' hints without constraining its answer.
func ask(k *gadget.Kit, kind string, outputs int, in ...frontend.Variable) []frontend.Variable {
	hints := append(solver.GetRegisteredHints(), gadget.Hints()...)
	i := slices.IndexFunc(hints, func(h solver.Hint) bool { return strings.HasSuffix(solver.GetHintName(h), kind) })
	out, err := k.Compiler().NewHint(hints[i], outputs, in...)
	if err != nil {
		panic(err)
	}
	return out
}

// TestPlantedFaults: faults of the kinds that circuits have, each found by the
// question that is meant to find it, and what the others make of it: nothing
// that a lie moves is unique for all inputs by Unique's arguments. The controls
// are the same gadgets without the fault.
func TestPlantedFaults(t *testing.T) {
	type gadgetOf = func(k *gadget.Kit, in []frontend.Variable) frontend.Variable
	for name, c := range map[string]struct {
		in     []frontend.Variable
		out    frontend.Variable
		define gadgetOf
		rank   int  // free directions
		moving int  // wires of the first of them
		lies   bool // whether some lie is found
		dense  bool // beyond the arguments of Unique
	}{
		"control: division": {
			in: []frontend.Variable{123_456_789, 25}, out: 308_641,
			define: func(k *gadget.Kit, in []frontend.Variable) frontend.Variable { return k.FloorBp(in[0], in[1]) },
		},
		"control: bits": {
			in: []frontend.Variable{5}, out: 1,
			define: func(k *gadget.Kit, in []frontend.Variable) frontend.Variable { return k.Range(in[0], 8)[2] },
		},
		// Eight digits, one equation.
		"bits without booleans": {
			in: []frontend.Variable{5}, out: 1, rank: 7, moving: 2, lies: true,
			define: func(k *gadget.Kit, in []frontend.Variable) frontend.Variable {
				return bits.ToBinary(k.API, in[0], bits.WithNbDigits(8), bits.WithUnconstrainedOutputs())[2]
			},
		},
		// Rigid: a bit can't move a little. But it can be the other one.
		"bits without their sum": {
			in: []frontend.Variable{5}, out: 1, lies: true,
			define: func(k *gadget.Kit, in []frontend.Variable) frontend.Variable {
				b := ask(k, "nBits", 8, in[0])
				for _, bit := range b {
					k.AssertIsBoolean(bit)
				}
				return b[2]
			},
		},
		"a hint that nothing ties down": {
			in: []frontend.Variable{7}, out: 1, rank: 1, moving: 2, lies: true,
			define: func(k *gadget.Kit, in []frontend.Variable) frontend.Variable {
				return k.Mul(in[0], ask(k, "InvZeroHint", 1, in[0])[0])
			},
		},
		// q·10^4 + rem = v, rem < 10^4, and any q modulo r.
		"a quotient without a range": {
			in: []frontend.Variable{123_456_789}, out: 12_345, lies: true,
			define: func(k *gadget.Kit, in []frontend.Variable) frontend.Variable {
				out := ask(k, "divideHint", 2, in[0])
				k.Range(out[1], 14)
				k.Range(k.Sub(9_999, out[1]), 14)
				k.AssertIsEqual(in[0], k.Add(k.Mul(out[0], 10_000), out[1]))
				return out[0]
			},
		},
		"a remainder without its bound": {
			in: []frontend.Variable{123_451_234}, out: 12_345, lies: true,
			define: func(k *gadget.Kit, in []frontend.Variable) frontend.Variable {
				out := ask(k, "divideHint", 2, in[0])
				k.Range(out[0], 64)
				k.Range(out[1], 14)
				k.AssertIsEqual(in[0], k.Add(k.Mul(out[0], 10_000), out[1]))
				return out[0]
			},
		},
		"a quotient without its equation": {
			in: []frontend.Variable{123_456_789}, out: 12_345, lies: true,
			define: func(k *gadget.Kit, in []frontend.Variable) frontend.Variable {
				out := ask(k, "divideHint", 2, in[0])
				k.Range(out[0], 64)
				k.Range(out[1], 14)
				return out[0]
			},
		},
		// y = ±1/a: rigid, with two values.
		"a square root": {
			in: []frontend.Variable{7}, out: 14, lies: true,
			define: func(k *gadget.Kit, in []frontend.Variable) frontend.Variable {
				y := ask(k, "InvZeroHint", 1, in[0])[0]
				k.AssertIsEqual(k.Mul(k.Mul(y, y), k.Mul(in[0], in[0])), 1)
				return k.Mul(k.Mul(in[0], in[0]), k.Mul(2, y))
			},
		},
		// 0/0: the product holds whatever the quotient is.
		"a division by zero": {
			in: []frontend.Variable{0, 0}, out: 0, rank: 1, moving: 2,
			define: func(k *gadget.Kit, in []frontend.Variable) frontend.Variable {
				return k.Mul(2, k.Mul(k.DivUnchecked(in[0], in[1]), k.Add(in[1], 1)))
			},
		},
		"a choice that is not one": {
			in: []frontend.Variable{5, 3}, out: 1, rank: 1, moving: 1, lies: true,
			define: func(k *gadget.Kit, in []frontend.Variable) frontend.Variable {
				return ask(k, "notBelowHint", 1, in[0], in[1])[0]
			},
		},
		// Triangular it is not; Gaussian elimination decides.
		"control: two equations": {
			in: []frontend.Variable{123_456_789}, out: 12_345, dense: true,
			define: func(k *gadget.Kit, in []frontend.Variable) frontend.Variable {
				out := ask(k, "divideHint", 2, in[0])
				k.AssertIsEqual(k.Add(out[0], out[1]), 12_345+6_789)
				k.AssertIsEqual(k.Sub(out[0], out[1]), 12_345-6_789)
				return out[0]
			},
		},
		// No lie that the campaign knows of divisions keeps the sum: only the
		// rank sees it.
		"two equations that are one": {
			in: []frontend.Variable{123_456_789}, out: 12_345, rank: 1, moving: 2,
			define: func(k *gadget.Kit, in []frontend.Variable) frontend.Variable {
				out := ask(k, "divideHint", 2, in[0])
				k.AssertIsEqual(k.Add(out[0], k.Mul(2, out[1])), 12_345+2*6_789)
				k.AssertIsEqual(k.Add(k.Mul(3, out[0]), k.Mul(6, out[1])), 3*(12_345+2*6_789))
				return out[0]
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			compiled := circuittest.Compile(t, &faulty{In: make([]frontend.Variable, len(c.in)), define: c.define})
			system := readSystem(t, name, compiled, []string{"Out"})
			trial := try(system, &faulty{In: c.in, Out: c.out})
			if !trial.Holds() {
				t.Fatal("the honest witness is refused")
			}
			r := trial.Rank()
			if r.Peeled+r.Eliminated+len(r.Free) != r.Columns {
				t.Errorf("%d + %d + %d of %d columns", r.Peeled, r.Eliminated, len(r.Free), r.Columns)
			}
			if len(r.Free) != c.rank {
				t.Errorf("%d free directions, want %d", len(r.Free), c.rank)
			}
			if len(r.Free) > 0 && (len(r.Free[0].Support) != c.moving || r.Free[0].Inert) {
				t.Errorf("%d wires move, want %d; inert: %v", len(r.Free[0].Support), c.moving, r.Free[0].Inert)
			}
			open := len(system.Unique().Open)
			if strings.HasPrefix(name, "control: ") && !c.dense && open > 0 || c.lies && open == 0 {
				t.Errorf("%d wires are not unique for all inputs", open)
			}
			found := false
			for _, h := range system.Hints {
				for _, lie := range liesOf(trial, h, seeded(name, 1)) {
					for _, then := range soundness.Manners() {
						found = found || trial.Tell(h, lie, then).Found()
					}
				}
			}
			if found != c.lies {
				t.Errorf("a lie is found: %v, want %v", found, c.lies)
			}
		})
	}
}

// publics has two public inputs, of which it may use one only.
type publics struct {
	Used, Other frontend.Variable `gnark:",public"`
	both        bool
}

func (p *publics) Define(api frontend.API) error {
	api.Mul(p.Used, p.Used)
	if p.both {
		api.Mul(p.Other, p.Other)
	}
	return nil
}

// TestFreePublicInput: a public input that no constraint depends on is found,
// and one that is only squared is not taken for one.
func TestFreePublicInput(t *testing.T) {
	for _, both := range []bool{true, false} {
		system := readSystem(t, "publics", circuittest.Compile(t, &publics{both: both}), nil)
		free := try(system, &publics{Used: 3, Other: 4}).FreeInputs()
		if both && len(free) != 0 || !both && (len(free) != 1 || system.WireName(free[0]) != "Other") {
			t.Errorf("both used: %v; free: %v", both, free)
		}
	}
}

// TestUnknownHint: a hint that the campaign has no lies for stops it.
func TestUnknownHint(t *testing.T) {
	double := func(_ *big.Int, in, out []*big.Int) error { out[0].Lsh(in[0], 1); return nil }
	compiled := circuittest.Compile(t, &faulty{In: make([]frontend.Variable, 1), define: func(k *gadget.Kit, in []frontend.Variable) frontend.Variable {
		out, err := k.Compiler().NewHint(double, 1, in[0])
		if err != nil {
			t.Fatal(err)
		}
		k.AssertIsEqual(out[0], k.Mul(2, in[0]))
		return out[0]
	}})
	if _, err := soundness.Read("unknown", compiled.ConstraintSystem, nil, nil); err == nil {
		t.Error("a hint without a function is read")
	}
	system, err := soundness.Read("unknown", compiled.ConstraintSystem, nil, nil, double)
	if err != nil {
		t.Fatal(err)
	}
	trial := try(system, &faulty{In: []frontend.Variable{3}, Out: 6})
	if _, err := trial.Lies(system.Hints[0], seeded("unknown", 0)); err == nil {
		t.Error("a hint that nobody knows has lies")
	}
}

// TestOmittedGroups: a circuit that lacks a group of assertions takes a random
// case that the statement refuses.
func TestOmittedGroups(t *testing.T) {
	for _, omitted := range []struct {
		circuit circuit
		group   string
	}{{actionCircuit, "selector"}, {fillCircuit, "expiry"}, {collectCircuit, "fee-note"}} {
		t.Run(omitted.circuit.name+"/"+omitted.group, func(t *testing.T) {
			if _, ok := omitted.circuit.compile(t, omitted.group).firstDisagreement(2_000); !ok {
				t.Error("nothing found")
			}
		})
	}
}

// TestOmittedRange: without the assertions of its range checks a circuit has
// wires that move, lies that pass and wires that are not unique.
func TestOmittedRange(t *testing.T) {
	for _, omitted := range []struct {
		circuit circuit
		group   string
	}{{actionCircuit, "value-range"}, {fillCircuit, "payment"}, {collectCircuit, "deviation"}} {
		t.Run(omitted.circuit.name+"/"+omitted.group, func(t *testing.T) {
			m := omitted.circuit.compile(t, omitted.group)
			a, _ := m.draw(0)
			trial := try(m.system, a)
			if len(trial.Rank().Free) < 64 {
				t.Errorf("%d free directions", len(trial.Rank().Free))
			}
			if open := m.system.Unique().Open; len(open) < 64 {
				t.Errorf("%d open wires", len(open))
			}
			told := 0
			for _, h := range m.system.Hints {
				if h.Group != omitted.group || !h.ForRange() {
					continue
				}
				told++
				for i, lie := range liesOf(trial, h, seeded("omitted", 0)) {
					if trial.Tell(h, lie, soundness.Honest).RefusedBy != nil {
						t.Fatalf("lie %d of %s is refused", i, h)
					}
				}
			}
			if told == 0 {
				t.Error("the group has no range check to lie at")
			}
		})
	}
}

// firstDisagreement returns the first of n random cases in which circuit and
// statement differ.
func (m compiled) firstDisagreement(n int) (seed int, ok bool) {
	for seed := range n {
		if _, _, err := m.randomCase(seed); err != nil {
			return seed, true
		}
	}
	return n, false
}
