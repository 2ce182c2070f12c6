package action_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/circuit/action"
	"github.com/nightjar/nightjar/circuit/circuittest"
)

// TestNativeEqualsCircuit: every kind of action that Check takes satisfies the
// circuit.
func TestNativeEqualsCircuit(t *testing.T) {
	system := circuittest.Compile(t, action.New())
	rapid.Check(t, func(t *rapid.T) {
		w := circuittest.Action(t)
		if err := w.Check(); err != nil {
			t.Fatal(err)
		}
		if err := system.Solve(w.Assign()); err != nil {
			t.Fatal(err)
		}
	})
}

// TestNativeEqualsCircuitOnAnything: whatever moves, the circuit takes an
// action exactly if Check does.
func TestNativeEqualsCircuitOnAnything(t *testing.T) {
	system := circuittest.Compile(t, action.New())
	var taken, refused int
	rapid.Check(t, func(t *rapid.T) {
		w := circuittest.Action(t)
		slot := rapid.IntRange(0, 2).Draw(t, "slot")
		value := rapid.OneOf(rapid.Uint64(), rapid.Uint64Range(0, 3), rapid.SampledFrom([]uint64{
			w.Inputs[slot].Value, w.Outputs[slot].Value + 1, w.Outputs[slot].Value - 1, w.Fee, w.Out, math.MaxUint64,
		}))
		replant := rapid.Bool().Draw(t, "replant")
		switch rapid.IntRange(0, 8).Draw(t, "what") {
		case 0:
			w.Inputs[slot].Value = value.Draw(t, "input")
		case 1:
			w.Outputs[slot].Value = value.Draw(t, "output")
		case 2:
			w.Fee = value.Draw(t, "fee")
		case 3:
			w.Inputs[slot].Dummy = !w.Inputs[slot].Dummy
		case 4:
			w.Inputs[slot].Asset, w.Outputs[slot].Asset = w.Outputs[slot].Asset, w.Inputs[slot].Asset
		case 5:
			if w.Out > 0 {
				w.Out = max(value.Draw(t, "out"), 1)
			}
		case 6:
			w.Outputs[slot].Asset ^= 1
		}
		if replant {
			circuittest.Plant(t, w)
		}
		err := w.Check()
		if got := system.Solve(w.Assign()); (got == nil) != (err == nil) {
			t.Fatalf("native %v, circuit %v", err, got)
		}
		if err == nil {
			taken++
		} else {
			refused++
		}
	})
	if taken == 0 || refused == 0 {
		t.Errorf("%d taken, %d refused: the test compares nothing", taken, refused)
	}
}
