package fill_test

import (
	"math"
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

// TestNativeEqualsCircuitOnAnything: whatever the terms and the execution, the
// circuit takes a fill exactly if the native twin does.
func TestNativeEqualsCircuitOnAnything(t *testing.T) {
	system := circuittest.Compile(t, fill.New())
	var taken, refused int
	rapid.Check(t, func(t *rapid.T) {
		w := circuittest.Fill(t)
		if rapid.Bool().Draw(t, "padding") {
			w = circuittest.Padding(t)
		}
		o, x := &w.Order.Terms, &w.Execution
		word := rapid.OneOf(rapid.Uint64(), rapid.Uint64Range(0, 3), rapid.SampledFrom([]uint64{
			o.Limit, o.Limit - 1, o.Limit + 1, o.Qty, o.Qty + 1, o.Qty - 1, o.MinFill, o.MinFill - 1,
			x.Price, x.Price + 1, x.Price - 1, 1 << 32, math.MaxUint64,
		}))
		height := rapid.SampledFrom([]uint32{o.Expiry, o.Expiry + 1, o.Expiry - 1, 0, math.MaxUint32})
		rate := rapid.SampledFrom([]uint16{o.MaxFee, o.MaxFee + 1, o.MaxFee - 1, o.Band, o.Band + 1, o.Band - 1, 0, math.MaxUint16})
		for range rapid.IntRange(0, 2).Draw(t, "changes") {
			switch rapid.IntRange(0, 10).Draw(t, "what") {
			case 0:
				o.Limit = word.Draw(t, "limit")
			case 1:
				o.Qty = word.Draw(t, "qty")
			case 2:
				o.MinFill = word.Draw(t, "minFill")
			case 3:
				o.LotSize = word.Draw(t, "lotSize")
			case 4:
				o.Side ^= 1
			case 5:
				x.Price = word.Draw(t, "price")
			case 6:
				x.Height = height.Draw(t, "height")
			case 7:
				x.FeeBp = rate.Draw(t, "feeBp")
			case 8:
				x.Dev = rate.Draw(t, "dev")
			case 9:
				o.MaxFee = rate.Draw(t, "maxFee")
			case 10:
				w.Lots = word.Draw(t, "lots")
			}
		}
		w.Order.Asset = o.FundingAsset()
		w.Order.Value, _ = o.Funding() // an order that can't be funded has no value to get right
		f, err := w.Fill()
		c := cheat(w, func(*fill.Circuit) {})
		if got := system.Solve(c); (got == nil) != (err == nil) {
			t.Fatalf("native %v, circuit %v", err, got)
		}
		if err != nil {
			refused++
			return
		}
		taken++
		w.Anchor = circuittest.Value(c.Anchor)
		if err := system.Solve(w.Assign(f)); err != nil {
			t.Fatalf("the twin's outputs: %v", err)
		}
	})
	if taken == 0 || refused == 0 {
		t.Errorf("%d taken, %d refused: the test compares nothing", taken, refused)
	}
}
