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

func hex(e field.Element) vector.Hex { b := e.Bytes(); return b[:] }

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
		got.Terms, got.Covenant = hex(o.Terms.Hash()), hex(field.K(o.Terms.Hash(), o.OID, o.S))
		got.Commitment, got.Nullifier, got.Next = hex(o.Commitment()), hex(nf), hex(next)
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

// fillVectors is spec/vectors/fill.json.
type fillVectors struct {
	Fills   []fillVector `json:"fills"`
	Refused []fillVector `json:"refused"`
}

type fillVector struct {
	Name     string     `json:"name"`
	Opening  vector.Hex `json:"opening"`
	Position uint64     `json:"position"`
	Lots     uint64     `json:"lots"`
	Height   uint32     `json:"height"`
	Price    uint64     `json:"price"`
	Dev      uint16     `json:"dev"`
	FeeBp    uint16     `json:"feeBp"`

	Code   string      `json:"code,omitempty"` // of a refused fill
	Result *fillResult `json:"result,omitempty"`
}

type fillResult struct {
	BaseLeg   uint64     `json:"baseLeg"`
	QuoteLeg  uint64     `json:"quoteLeg"`
	Fee       uint64     `json:"fee"`
	Nullifier vector.Hex `json:"nullifier"`
	Proceeds  noteVector `json:"proceeds"`
	Refund    noteVector `json:"refund"`
	Remainder vector.Hex `json:"remainder"` // opening
	Ocm       vector.Hex `json:"ocm"`       // of the remainder
	Report    vector.Hex `json:"report"`
}

type noteVector struct {
	Asset uint32     `json:"asset"`
	Value uint64     `json:"value"`
	Rho   vector.Hex `json:"rho"`
	Cm    vector.Hex `json:"cm"`
}

func noteOf(n note.Note) noteVector {
	return noteVector{n.Asset, n.Value, hex(n.Rho), hex(n.Commitment())}
}

// apply is the fill of a vector: of an order, or of padding.
func (v fillVector) apply(t *testing.T) (Fill, error) {
	t.Helper()
	o, x := mustDecode(t, v.Name, v.Opening), Execution{Height: v.Height, Price: v.Price, Dev: v.Dev, FeeBp: v.FeeBp}
	if v.Lots == 0 && o.Terms.Qty == 0 {
		return o.Pad(v.Position, x)
	}
	return o.Apply(v.Position, v.Lots, x)
}

func TestFillVectors(t *testing.T) {
	file := vector.Read[fillVectors](t, "fill")
	for _, v := range file.Fills {
		fill, err := v.apply(t)
		if err != nil {
			t.Errorf("%s: %v", v.Name, err)
			continue
		}
		got := &fillResult{
			BaseLeg: fill.BaseLeg, QuoteLeg: fill.QuoteLeg, Fee: fill.Fee, Nullifier: hex(fill.Nullifier),
			Proceeds: noteOf(fill.Proceeds), Refund: noteOf(fill.Refund),
			Remainder: opening(fill.Remainder), Ocm: hex(fill.Remainder.Commitment()), Report: hex(fill.Report),
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
		_, err := v.apply(t)
		vector.Refused(t, v.Name, err, v.Code)
	}
}
