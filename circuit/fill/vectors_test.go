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

// vectors is spec/vectors/fill.json: what the reference says of a fill, of
// which neither the circuit nor its native twin knows anything.
type vectors struct {
	Fills   []attempt `json:"fills"`
	Refused []attempt `json:"refused"`
}

type attempt struct {
	Name     string     `json:"name"`
	Opening  vector.Hex `json:"opening"`
	Position uint64     `json:"position"`
	Lots     uint64     `json:"lots"`
	Height   uint32     `json:"height"`
	Price    uint64     `json:"price"`
	Dev      uint16     `json:"dev"`
	FeeBp    uint16     `json:"feeBp"`

	Code   string  `json:"code,omitempty"` // of a refused fill
	Result *result `json:"result,omitempty"`
}

type result struct {
	BaseLeg   uint64     `json:"baseLeg"`
	QuoteLeg  uint64     `json:"quoteLeg"`
	Fee       uint64     `json:"fee"`
	Nullifier vector.Hex `json:"nullifier"`
	Proceeds  output     `json:"proceeds"`
	Refund    output     `json:"refund"`
	Remainder vector.Hex `json:"remainder"`
	Ocm       vector.Hex `json:"ocm"`
	Report    vector.Hex `json:"report"`
}

type output struct {
	Asset uint32     `json:"asset"`
	Value uint64     `json:"value"`
	Rho   vector.Hex `json:"rho"`
	Cm    vector.Hex `json:"cm"`
}

func element(t *testing.T, b vector.Hex) field.Element {
	t.Helper()
	e, err := field.FromBytes(b)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func opened(t *testing.T, b vector.Hex) order.Order {
	t.Helper()
	r := encoding.NewReader(b)
	o := order.ReadOpening(r)
	if err := r.Done(); err != nil {
		t.Fatal(err)
	}
	return o
}

// witness puts the order at its position in a tree that is empty otherwise.
func (a attempt) witness(t *testing.T) fill.Witness {
	t.Helper()
	w := fill.Witness{
		Order: opened(t, a.Opening), Path: tree.Path{Position: a.Position}, Lots: a.Lots,
		Execution: order.Execution{Height: a.Height, Price: a.Price, Dev: a.Dev, FeeBp: a.FeeBp},
		Salt:      field.FromUint64(1), Blind: jubjub.ScalarFromHash("vectors", []byte(a.Name)),
	}
	w.Anchor = w.Path.Root(w.Order.Commitment())
	return w
}

// fill is what the file says of the fill, and nothing that this code computes.
func (a attempt) fill(t *testing.T) order.Fill {
	t.Helper()
	c := opened(t, a.Opening).C
	made := func(o output) note.Note {
		return note.Note{Asset: o.Asset, Value: o.Value, Rho: element(t, o.Rho), C: c}
	}
	return order.Fill{
		Lots: a.Lots, BaseLeg: a.Result.BaseLeg, QuoteLeg: a.Result.QuoteLeg, Fee: a.Result.Fee,
		Report: element(t, a.Result.Report), Nullifier: element(t, a.Result.Nullifier),
		Proceeds: made(a.Result.Proceeds), Refund: made(a.Result.Refund), Remainder: opened(t, a.Result.Remainder),
	}
}

// TestVectors: the circuit takes the fills of the reference with the outputs of
// the reference, and none that its rules refuse, whatever a prover publishes.
func TestVectors(t *testing.T) {
	file := vector.Read[vectors](t, "fill")
	system := circuittest.Compile(t, fill.New())
	for _, a := range file.Fills {
		if err := system.Solve(a.witness(t).Assign(a.fill(t))); err != nil {
			t.Errorf("%s: %v", a.Name, err)
		}
		if err := system.Solve(a.stated(t)); err != nil {
			t.Errorf("%s, published by this test: %v", a.Name, err)
		}
	}
	for _, a := range file.Refused {
		if err := system.Solve(a.stated(t)); err == nil {
			t.Errorf("%s: the circuit takes it, the reference says %s", a.Name, a.Code)
		}
	}
}

// stated assigns the attempt and publishes what follows from it without any
// bounds. The circuit recomputes an order's money from its terms; so that an
// order with other money is not another order, the leaf and its nullifier are
// those of the opening. An order whose money has no 64 bits has no leaf: there
// the prover may choose.
func (a attempt) stated(t *testing.T) *fill.Circuit {
	t.Helper()
	w := a.witness(t)
	c := cheat(w, func(*fill.Circuit) {})
	if a.Code != rejection.OutOfRange.Name() {
		nf, _ := order.Nullify(w.Order.S, w.Order.Commitment(), a.Position)
		c.Anchor, c.Nullifier = w.Anchor, nf
	}
	return c
}
