package action_test

import (
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
