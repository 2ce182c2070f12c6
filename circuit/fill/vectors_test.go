package fill_test

import (
	"testing"

	"github.com/nightjar/nightjar/circuit/circuittest"
	"github.com/nightjar/nightjar/circuit/fill"
	"github.com/nightjar/nightjar/internal/testkit/vector"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/jubjub"
	"github.com/nightjar/nightjar/protocol/note"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/tree"
)

func opening(b []byte) (order.Order, error) {
	r := encoding.NewReader(b)
	o := order.ReadOpening(r)
	return o, r.Done()
}

// witnessOf puts the order at its position in a tree that is empty otherwise.
func witnessOf(t *testing.T, a vector.Fill) fill.Witness {
	t.Helper()
	w := fill.Witness{
		Order: vector.Decode(t, a.Opening, opening), Path: tree.Path{Position: a.Position}, Lots: a.Lots,
		Execution: order.Execution{Height: a.Height, Price: a.Price, Dev: a.Dev, FeeBp: a.FeeBp},
		Salt:      field.FromUint64(1), Blind: jubjub.ScalarFromHash("vectors", []byte(a.Name)),
	}
	w.Anchor = w.Path.Root(w.Order.Commitment())
	return w
}

// fillOf is what the file says of the fill, and nothing that this code computes.
func fillOf(t *testing.T, a vector.Fill) order.Fill {
	t.Helper()
	c := vector.Decode(t, a.Opening, opening).C
	made := func(o vector.Output) note.Note {
		return note.Note{Asset: o.Asset, Value: o.Value, Rho: vector.Decode(t, o.Rho, field.FromBytes), C: c}
	}
	return order.Fill{
		Lots: a.Lots, BaseLeg: a.Result.BaseLeg, QuoteLeg: a.Result.QuoteLeg, Fee: a.Result.Fee,
		Report: vector.Decode(t, a.Result.Report, field.FromBytes), Nullifier: vector.Decode(t, a.Result.Nullifier, field.FromBytes),
		Proceeds: made(a.Result.Proceeds), Refund: made(a.Result.Refund), Remainder: vector.Decode(t, a.Result.Remainder, opening),
	}
}

// TestVectors: the circuit takes the fills of the reference with the outputs of
// the reference, and none that its rules refuse, whatever a prover publishes.
func TestVectors(t *testing.T) {
	file := vector.Read[vector.Fills](t, "fill")
	system := circuittest.Compile(t, fill.New())
	for _, a := range file.Fills {
		if err := system.Solve(witnessOf(t, a).Assign(fillOf(t, a))); err != nil {
			t.Errorf("%s: %v", a.Name, err)
		}
		if err := system.Solve(stated(t, a)); err != nil {
			t.Errorf("%s, published by this test: %v", a.Name, err)
		}
	}
	for _, a := range file.Refused {
		if err := system.Solve(stated(t, a)); err == nil {
			t.Errorf("%s: the circuit takes it, the reference says %s", a.Name, a.Code)
		}
	}
}

// stated assigns the attempt and publishes what follows from it without any
// bounds. The circuit recomputes an order's money from its terms; so that an
// order with other money is not another order, the leaf and its nullifier are
// those of the opening. An order whose money has no 64 bits has no leaf: there
// the prover may choose.
func stated(t *testing.T, a vector.Fill) *fill.Circuit {
	t.Helper()
	w := witnessOf(t, a)
	c := cheat(w, func(*fill.Circuit) {})
	if a.Code != rejection.OutOfRange.Name() {
		nf, _ := order.Nullify(w.Order.S, w.Order.Commitment(), a.Position)
		c.Anchor, c.Nullifier = w.Anchor, nf
	}
	return c
}
