package soundness_test

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark-crypto/ecc/bls12-381/fr"
	"github.com/consensys/gnark/frontend"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/circuit/action"
	"github.com/nightjar/nightjar/circuit/circuittest"
	"github.com/nightjar/nightjar/circuit/collect"
	"github.com/nightjar/nightjar/circuit/fill"
	"github.com/nightjar/nightjar/circuit/gadget"
	"github.com/nightjar/nightjar/internal/soundness"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/order"
)

// circuit is what the campaign knows of one of the three.
type circuit struct {
	name     string
	empty    func() frontend.Circuit
	outputs  []string // public inputs that follow from the private ones
	bindings int      // checks that publish them
	modes    []string // every one must be drawn

	// draw returns a valid assignment and the modes that it is an example of.
	draw func(seed int) (frontend.Circuit, []string)
	// state works out the statement; publish makes the outputs follow from the
	// rest, as far as they can.
	state   func(frontend.Circuit) circuittest.Statement
	publish func(frontend.Circuit)
	// adapt sets private variables that follow from others, if there are any.
	adapt func(frontend.Circuit)
	// native is the verdict of the product's own rules, and the assignment that
	// the product would make of the same private values; ok is false if
	// they do not fit its types or are the ledger's to refuse.
	native func(frontend.Circuit) (holds bool, canonical frontend.Circuit, ok bool)
}

func circuits() []circuit {
	return []circuit{actionCircuit, fillCircuit, collectCircuit}
}

var actionCircuit = circuit{
	name:     "action",
	empty:    func() frontend.Circuit { return action.New() },
	outputs:  []string{"Anchor", "Nullifiers_0", "Nullifiers_1", "Nullifiers_2", "Commitments_0", "Commitments_1", "Commitments_2"},
	bindings: 9,
	modes: []string{
		"transfer", "order", "cancel", "replace", "withdrawal", "withdrawal of an order",
		"no dummy", "1 dummy", "2 dummies", "3 dummies", "asset is FEE",
	},
	draw: func(seed int) (frontend.Circuit, []string) {
		w := rapid.Custom(circuittest.Action).Example(seed)
		if seed%20 == 19 {
			empty(w)
		}
		kinds := [2][2]string{{"transfer", "order"}, {"cancel", "replace"}}
		modes := []string{kinds[one(w.Inputs[0].Order != nil)][one(w.Outputs[0].Order != nil)]}
		if w.Out > 0 {
			modes = append(modes, "withdrawal")
			if w.Inputs[0].Order != nil {
				modes = append(modes, "withdrawal of an order")
			}
		}
		dummies := 0
		for _, in := range w.Inputs {
			dummies += one(in.Dummy)
		}
		c := w.Assign()
		if c.Asset == c.FeeAsset {
			modes = append(modes, "asset is FEE")
		}
		return c, append(modes, []string{"no dummy", "1 dummy", "2 dummies", "3 dummies"}[dummies])
	},
	state: func(c frontend.Circuit) circuittest.Statement { return circuittest.StateAction(c.(*action.Circuit)) },
	publish: func(c frontend.Circuit) {
		circuittest.PlantAction(c.(*action.Circuit))
		circuittest.StateAction(c.(*action.Circuit)).Publish()
	},
	native: nativeAction,
}

var fillCircuit = circuit{
	name:     "fill",
	empty:    func() frontend.Circuit { return fill.New() },
	outputs:  []string{"Anchor", "Nullifier", "Proceeds", "Refund", "Remainder", "PC", "Value_X", "Value_Y", "Report"},
	bindings: 9,
	modes: []string{
		"buy, full", "buy, partial", "buy, padding", "sell, full", "sell, partial", "sell, padding",
		"price at the limit", "deviation at the band", "last height", "fee at the cap", "fill at the minimum",
	},
	draw: func(seed int) (frontend.Circuit, []string) {
		kind := circuittest.Fill
		if seed%4 == 3 {
			kind = circuittest.Padding
		}
		w := rapid.Custom(kind).Example(seed)
		f, err := w.Fill()
		if err != nil {
			panic(fmt.Sprintf("seed %d: %v", seed, err)) // circuittest's invariant
		}
		how := "partial"
		switch {
		case w.Lots == 0:
			how = "padding"
		case w.Lots == w.Order.Terms.Qty:
			how = "full"
		}
		t, x := w.Order.Terms, w.Execution
		modes := []string{fmt.Sprintf("%s, %s", t.Side, how)}
		for name, at := range map[string]bool{
			"price at the limit": t.Limit == x.Price, "deviation at the band": t.Band == x.Dev,
			"last height": t.Expiry == x.Height, "fee at the cap": t.MaxFee == x.FeeBp,
			"fill at the minimum": t.MinFill == w.Lots && t.Qty != w.Lots,
		} {
			if at && w.Lots > 0 {
				modes = append(modes, name)
			}
		}
		return w.Assign(f), modes
	},
	state:   func(c frontend.Circuit) circuittest.Statement { return circuittest.StateFill(c.(*fill.Circuit)) },
	publish: func(c frontend.Circuit) { circuittest.StateFill(c.(*fill.Circuit)).Publish() },
	native:  nativeFill,
}

var collectCircuit = circuit{
	name:     "collect",
	empty:    func() frontend.Circuit { return collect.New() },
	outputs:  []string{"Markets", "References", "PC", "FeeNote", "FeeValue_X", "FeeValue_Y"},
	bindings: 6,
	modes:    []string{"no reference", "at the reference", "above", "below", "saturated", "half a tick"},
	draw: func(seed int) (frontend.Circuit, []string) {
		w := rapid.Custom(circuittest.Collect).Example(seed)
		c := w.Assign()
		var modes []string
		for name, is := range map[string]bool{
			"no reference": w.Reference == 0, "at the reference": w.Reference == w.Price,
			"above": w.Reference != 0 && w.Price > w.Reference, "below": w.Price < w.Reference,
			"saturated":   w.Reference != 0 && c.Dev.(uint16) == order.NoBand,
			"half a tick": w.Price%w.Market.Tick != 0,
		} {
			if is {
				modes = append(modes, name)
			}
		}
		return c, modes
	},
	state:   func(c frontend.Circuit) circuittest.Statement { return circuittest.StateCollect(c.(*collect.Circuit)) },
	publish: func(c frontend.Circuit) { circuittest.StateCollect(c.(*collect.Circuit)).Publish() },
	adapt:   adaptCollect,
	native:  nativeCollect,
}

// adaptCollect sets the deviation and the number of half ticks to those of
// price, reference and tick.
func adaptCollect(of frontend.Circuit) {
	c, p := of.(*collect.Circuit), &parser{}
	price, reference, tick := p.integer(c.Price, 64), p.integer(c.Reference, 64), p.integer(c.Tick, 64)
	if p.misfit || tick == 0 {
		return
	}
	c.Dev = market.Deviation(price, reference)
	half := new(big.Int).SetUint64(price)
	c.HalfTicks = half.Lsh(half, 1).Div(half, new(big.Int).SetUint64(tick))
}

// empty makes w move nothing: all inputs are dummies and nobody pays a fee.
func empty(w *action.Witness) {
	w.Fee, w.FeeInAsset, w.Out, w.OutAsset = 0, false, 0, 0
	for i := range w.Inputs {
		w.Inputs[i].Dummy, w.Inputs[i].Value = true, 0
	}
	for j := range w.Outputs {
		w.Outputs[j].Value = 0
	}
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

// compiled is a circuit with its system in both forms.
type compiled struct {
	circuit
	solver circuittest.System
	system *soundness.System
}

// compile compiles the circuit, without the assertions of some groups.
func (c circuit) compile(t testing.TB, omit ...string) compiled {
	t.Helper()
	solver := circuittest.Compile(t, c.empty(), omit...)
	return compiled{c, solver, readSystem(t, c.name, solver, c.outputs)}
}

func readSystem(t testing.TB, name string, from circuittest.System, outputs []string) *soundness.System {
	t.Helper()
	marks := make([]soundness.Mark, len(from.Marks))
	for i, m := range from.Marks {
		marks[i] = soundness.Mark(m)
	}
	s, err := soundness.Read(name, from.ConstraintSystem, marks, outputs, gadget.Hints()...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// try solves the system for an assignment, whether it holds or not. That it
// can't is a fault of the campaign and no finding.
func try(s *soundness.System, assignment frontend.Circuit) *soundness.Trial {
	w, err := frontend.NewWitness(assignment, ecc.BLS12_381.ScalarField())
	if err != nil {
		panic(err)
	}
	trial, err := s.Solve(w.Vector().(fr.Vector))
	if err != nil {
		panic(err)
	}
	return trial
}

// liesOf returns the lies that the hint may tell.
func liesOf(trial *soundness.Trial, h *soundness.Hint, random *rand.Rand) [][]fr.Element {
	lies, err := trial.Lies(h, random)
	if err != nil {
		panic(err) // a hint that is new: see soundness.Trial.Lies
	}
	return lies
}

// seeded returns the randomness of one case of one part of the campaign.
func seeded(part string, seed int) *rand.Rand {
	var h uint64 = 14695981039346656037 // FNV-1a
	for _, b := range []byte(part) {
		h = (h ^ uint64(b)) * 1099511628211
	}
	return rand.New(rand.NewPCG(h, uint64(seed)))
}

// variables returns every variable of an assignment, by name.
func variables(c frontend.Circuit) (all []variable) {
	var walk func(name string, kind string, v reflect.Value)
	walk = func(name, kind string, v reflect.Value) {
		switch v.Kind() {
		case reflect.Interface:
			all = append(all, variable{name, kind, v.Addr().Interface().(*frontend.Variable)})
		case reflect.Struct:
			for i := range v.NumField() {
				field := "." + v.Type().Field(i).Name
				walk(name+field, kind+field, v.Field(i))
			}
		case reflect.Array, reflect.Slice:
			for i := range v.Len() {
				walk(fmt.Sprintf("%s[%d]", name, i), kind, v.Index(i))
			}
		}
	}
	walk("", "", reflect.ValueOf(c).Elem())
	return all
}

// variable is one of an assignment. Its kind is the name without indices.
type variable struct {
	name, kind string
	value      *frontend.Variable
}
