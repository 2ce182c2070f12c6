package collect_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/circuit/circuittest"
	"github.com/nightjar/nightjar/circuit/collect"
)

// TestNativeEqualsCircuit: prices and deviations as package market computes
// them satisfy the circuit.
func TestNativeEqualsCircuit(t *testing.T) {
	system := circuittest.Compile(t, collect.New())
	rapid.Check(t, func(t *rapid.T) {
		w := circuittest.Collect(t)
		if err := w.Check(); err != nil {
			t.Fatal(err)
		}
		if err := system.Solve(w.Assign()); err != nil {
			t.Fatal(err)
		}
	})
}
