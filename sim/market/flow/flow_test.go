package flow

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/sim/market/event"
)

const second = 1_000_000_000

func run(seed uint64, blocks int, fair uint64) (list []event.Event) {
	name := uint64(0)
	c := Default()
	c.Natural = 30
	s := New(c, seed, market.Record{ID: 1, Tick: 100}, func() uint64 { name++; return name })
	for i := range uint64(blocks) {
		list = append(list, s.Block(i*second, (i+1)*second, 999_800, 1_000_200, fair)...)
	}
	return list
}

func TestSeedIsAFlow(t *testing.T) {
	if !cmp.Equal(run(1, 2000, 1_000_000), run(1, 2000, 1_000_000)) {
		t.Error("one seed, two flows")
	}
	if cmp.Equal(run(1, 2000, 1_000_000), run(2, 2000, 1_000_000)) {
		t.Error("two seeds, one flow")
	}
}

// TestEvents: every event is valid, in the sequence of time, and changes an
// order that came before.
func TestEvents(t *testing.T) {
	placed := map[uint64]event.Event{}
	kinds := map[event.Kind]int{}
	natural, last := 0, uint64(0)
	for _, e := range run(3, 5000, 1_000_000) {
		if e.Time < last {
			t.Fatalf("%+v comes after %d", e, last)
		}
		last = e.Time
		kinds[e.Kind]++
		switch {
		case e.Kind == event.Add:
			if e.Price == 0 || e.Size < 100 || e.Handling().Validate() != nil || e.MinFill > e.Size || e.Until != 0 && e.Until <= e.Time {
				t.Fatalf("%+v", e)
			}
			placed[e.Order] = e
			natural += int(e.Pool)
		case placed[e.Order].Order != e.Order:
			t.Fatalf("%+v changes nothing", e)
		}
	}
	if kinds[event.Add] < 2000 || kinds[event.Cancel] < 200 || kinds[event.Modify] < 100 || natural < 500 {
		t.Errorf("%v, %d natural", kinds, natural)
	}
}

// TestInformedKnow: they buy below the fair value and sell above it, and stay
// away if there is nothing to know.
func TestInformedKnow(t *testing.T) {
	for _, fair := range []uint64{998_000, 1_000_000, 1_002_000} {
		n := 0
		for _, e := range run(4, 2000, fair) {
			if e.Trader != "informed" {
				continue
			}
			n++
			if (fair > 1_000_000) != (e.Side == 1) || e.Side == 1 && e.Price > fair || e.Side == 0 && e.Price < fair {
				t.Fatalf("fair %d: %+v", fair, e)
			}
		}
		if (fair == 1_000_000) != (n == 0) {
			t.Errorf("fair %d: %d orders", fair, n)
		}
	}
}
