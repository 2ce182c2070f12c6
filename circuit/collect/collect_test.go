package collect_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/circuit/circuittest"
	"github.com/nightjar/nightjar/circuit/collect"
	"github.com/nightjar/nightjar/protocol/market"
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

// TestNativeEqualsCircuitOnAnything: whatever price, tick, reference and
// distance, the circuit takes them exactly if package market does.
func TestNativeEqualsCircuitOnAnything(t *testing.T) {
	system := circuittest.Compile(t, collect.New())
	var taken, refused int
	rapid.Check(t, func(t *rapid.T) {
		w := circuittest.Collect(t)
		word := rapid.OneOf(rapid.Uint64(), rapid.Uint64Range(0, 3), rapid.SampledFrom([]uint64{
			w.Price, w.Price + 1, w.Price - 1, 2 * w.Price, w.Market.Tick, w.Market.Tick + 1, math.MaxUint64,
		}))
		switch rapid.IntRange(0, 3).Draw(t, "what") {
		case 0:
			w.Price = word.Draw(t, "price")
		case 1:
			w.Market.Tick = max(word.Draw(t, "tick"), 1)
		case 2:
			w.Reference = word.Draw(t, "reference")
		}
		dev := market.Deviation(w.Price, w.Reference)
		said := rapid.SampledFrom([]uint16{dev, dev, dev, dev + 1, dev - 1, 0, math.MaxUint16}).Draw(t, "dev")
		c := w.Assign()
		c.Dev = said
		publish(c)
		want := w.Check() == nil && said == dev
		if got := system.Solve(c); (got == nil) != want {
			t.Fatalf("native %v, circuit %v", want, got)
		}
		if want {
			taken++
		} else {
			refused++
		}
	})
	if taken == 0 || refused == 0 {
		t.Errorf("%d taken, %d refused: the test compares nothing", taken, refused)
	}
}
