package workload

import (
	"bytes"
	"slices"
	"testing"
)

// TestDraw: the stream is what the package says, and the same each time.
func TestDraw(t *testing.T) {
	ops := Draw(1)
	if len(ops) != Preload+Operations || !slices.Equal(ops, Draw(1)) || slices.Equal(ops, Draw(2)) {
		t.Fatalf("%d operations, or not a function of the seed", len(ops))
	}
	live := map[uint32]bool{}
	var cancels, rests, crosses int
	for i, op := range ops {
		switch {
		case op.Cancel:
			if !live[op.Order] {
				t.Fatalf("operation %d cancels order %d, which does not rest", i, op.Order)
			}
			delete(live, op.Order)
			cancels++
			continue
		case op.Buy == (op.Price > Mid):
			crosses++
		default:
			live[op.Order] = true
			rests++
		}
		if op.Lots == 0 || op.Price == Mid || max(op.Price, Mid)-min(op.Price, Mid) > Depth {
			t.Fatalf("operation %d: %+v", i, op)
		}
		if i < Preload && op.Cancel {
			t.Fatal("a cancel before the clock")
		}
	}
	for name, share := range map[string]struct{ got, percent int }{
		"cancels": {cancels, 45}, "resting": {rests - Preload, 45}, "crossing": {crosses, 10},
	} {
		if want := share.percent * Operations / 100; share.got < want*99/100 || share.got > want*101/100 {
			t.Errorf("%s: %d", name, share.got)
		}
	}
}

func TestWrite(t *testing.T) {
	var b bytes.Buffer
	if err := Write(&b, []Op{{Cancel: true, Order: 3}, {Order: 1, Price: 2, Lots: 258}, {Buy: true}}); err != nil {
		t.Fatal(err)
	}
	want := []byte{
		0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2, 1, 0, 0,
		2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	}
	if !bytes.Equal(b.Bytes(), want) {
		t.Errorf("%v", b.Bytes())
	}
}
