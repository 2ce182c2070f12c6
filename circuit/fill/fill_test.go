package fill_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/circuit/circuittest"
	"github.com/nightjar/nightjar/circuit/fill"
)

// TestNativeEqualsCircuit: what order.Apply and order.Pad compute satisfies
// the circuit.
func TestNativeEqualsCircuit(t *testing.T) {
	system := circuittest.Compile(t, fill.New())
	rapid.Check(t, func(t *rapid.T) {
		w := circuittest.Fill(t)
		if rapid.Bool().Draw(t, "padding") {
			w = circuittest.Padding(t)
		}
		f, err := w.Fill()
		if err != nil {
			t.Fatal(err)
		}
		if err := system.Solve(w.Assign(f)); err != nil {
			t.Fatal(err)
		}
	})
}
