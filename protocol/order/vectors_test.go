package order

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/internal/testkit/vector"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/note"
)

func opening(o Order) vector.Hex {
	w := encoding.NewWriter(OpeningSize)
	WriteOpening(w, o)
	return w.Bytes()
}

// orderVectors is spec/vectors/order.json.
type orderVectors struct {
	Orders  []orderVector    `json:"orders"`
	Valid   []validVector    `json:"valid"`   // terms that Validate takes
	Refused []vector.Refusal `json:"refused"` // openings
	Invalid []vector.Refusal `json:"invalid"` // openings that decode, terms that Validate refuses

	Handlings        []handlingVector `json:"handlings"`
	RefusedHandlings []vector.Refusal `json:"refused_handlings"`
}

type handlingVector struct {
	Name      string     `json:"name"`
	Bytes     vector.Hex `json:"bytes"`
	Peg       Peg        `json:"peg"`
	Offset    int32      `json:"offset"`
	SelfTrade SelfTrade  `json:"self_trade"`
	Pool      Pool       `json:"pool"`
	Auctions  uint16     `json:"auctions"`
	Until     uint64     `json:"until"`
}

type orderVector struct {
	Name       string     `json:"name"`
	Opening    vector.Hex `json:"opening"`
	Terms      vector.Hex `json:"terms"`
	Covenant   vector.Hex `json:"covenant"`
	Commitment vector.Hex `json:"commitment"`
	Position   uint64     `json:"position"`
	Nullifier  vector.Hex `json:"nullifier"`
	Next       vector.Hex `json:"next"`
}

type validVector struct {
	Name    string     `json:"name"`
	Opening vector.Hex `json:"opening"`
}

func decodeOpening(b []byte) (Order, error) {
	r := encoding.NewReader(b)
	o := ReadOpening(r)
	return o, r.Done()
}

func mustDecode(t *testing.T, name string, b vector.Hex) Order {
	t.Helper()
	o, err := decodeOpening(b)
	if err != nil || !bytes.Equal(opening(o), b) {
		t.Fatalf("%s: %v", name, err)
	}
	return o
}

func TestOrderVectors(t *testing.T) {
	file := vector.Read[orderVectors](t, "order")
	for _, v := range file.Orders {
		o := mustDecode(t, v.Name, v.Opening)
		got := v
		nf, next := Nullify(o.S, o.Commitment(), v.Position)
		got.Terms, got.Covenant = vector.Encode(o.Terms.Hash()), vector.Encode(field.K(o.Terms.Hash(), o.OID, o.S))
		got.Commitment, got.Nullifier, got.Next = vector.Encode(o.Commitment()), vector.Encode(nf), vector.Encode(next)
		if diff := cmp.Diff(v, got); diff != "" {
			t.Errorf("%s (-file +test):\n%s", v.Name, diff)
		}
	}
	for _, v := range file.Valid {
		if err := mustDecode(t, v.Name, v.Opening).Terms.Validate(); err != nil {
			t.Errorf("%s: %v", v.Name, err)
		}
	}
	for _, v := range file.Refused {
		_, err := decodeOpening(v.Bytes)
		vector.Refused(t, v.Name, err, v.Code)
	}
	for _, v := range file.Invalid {
		vector.Refused(t, v.Name, mustDecode(t, v.Name, v.Bytes).Terms.Validate(), v.Code)
	}
}

func decodeHandling(b []byte) (Handling, error) {
	r := encoding.NewReader(b)
	h := ReadHandling(r)
	return h, r.Done()
}

func TestHandlingVectors(t *testing.T) {
	file := vector.Read[orderVectors](t, "order")
	for _, v := range file.Handlings {
		h, err := decodeHandling(v.Bytes)
		if err != nil {
			t.Errorf("%s: %v", v.Name, err)
		}
		w := encoding.NewWriter(HandlingSize)
		WriteHandling(w, h)
		got := handlingVector{v.Name, w.Bytes(), h.Peg, h.Offset, h.SelfTrade, h.Pool, h.Auctions, h.Until}
		if diff := cmp.Diff(v, got); diff != "" {
			t.Errorf("%s (-file +test):\n%s", v.Name, diff)
		}
	}
	for _, v := range file.RefusedHandlings {
		_, err := decodeHandling(v.Bytes)
		vector.Refused(t, v.Name, err, v.Code)
	}
}

func noteOf(n note.Note) vector.Output {
	return vector.Output{Asset: n.Asset, Value: n.Value, Rho: vector.Encode(n.Rho), Cm: vector.Encode(n.Commitment())}
}

// apply is the fill of a vector: of an order, or of padding.
func apply(t *testing.T, v vector.Fill) (Fill, error) {
	t.Helper()
	o, x := mustDecode(t, v.Name, v.Opening), Execution{Height: v.Height, Price: v.Price, Dev: v.Dev, FeeBp: v.FeeBp}
	if v.Lots == 0 && o.Terms.Qty == 0 {
		return o.Pad(v.Position, x)
	}
	return o.Apply(v.Position, v.Lots, x)
}

func TestFillVectors(t *testing.T) {
	file := vector.Read[vector.Fills](t, "fill")
	for _, v := range file.Fills {
		fill, err := apply(t, v)
		if err != nil {
			t.Errorf("%s: %v", v.Name, err)
			continue
		}
		got := &vector.FillResult{
			BaseLeg: fill.BaseLeg, QuoteLeg: fill.QuoteLeg, Fee: fill.Fee, Nullifier: vector.Encode(fill.Nullifier),
			Proceeds: noteOf(fill.Proceeds), Refund: noteOf(fill.Refund),
			Remainder: opening(fill.Remainder), Ocm: vector.Encode(fill.Remainder.Commitment()), Report: vector.Encode(fill.Report),
		}
		if diff := cmp.Diff(v.Result, got); diff != "" {
			t.Errorf("%s (-file +test):\n%s", v.Name, diff)
		}
		lots, price, feeBp, ok := OpenReport(mustDecode(t, v.Name, v.Opening).S, fill.Nullifier, fill.Report, v.Height)
		if !ok || lots != v.Lots || price != v.Price || feeBp != v.FeeBp {
			t.Errorf("%s: the report opens as %d at %d", v.Name, lots, price)
		}
	}
	for _, v := range file.Refused {
		_, err := apply(t, v)
		vector.Refused(t, v.Name, err, v.Code)
	}
}
