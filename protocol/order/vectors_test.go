package order

import (
	"errors"
	"math"
	"testing"

	"github.com/nightjar/nightjar/internal/testkit/vector"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/note"
	"github.com/nightjar/nightjar/protocol/rejection"
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

func samples() map[string]Order {
	full := Order{
		Terms: Terms{
			Market: math.MaxUint32, Base: math.MaxUint32, Quote: math.MaxUint32, LotSize: math.MaxUint64,
			Side: Buy, Limit: math.MaxUint64, Qty: math.MaxUint64, MinFill: math.MaxUint64,
			Expiry: math.MaxUint32, Band: math.MaxUint16, MaxFee: math.MaxUint16,
		},
		Asset: math.MaxUint32, Value: math.MaxUint64,
	}
	full.OID.SetOne().Neg(&full.OID)
	full.C, full.S = full.OID, full.OID
	return map[string]Order{"sell": plain(Sell), "buy": plain(Buy), "zero": {}, "full": full}
}

func TestOrderVectors(t *testing.T) {
	var v orderVectors
	for _, name := range []string{"sell", "buy", "zero", "full"} {
		o := samples()[name]
		const position = 1<<32 + 5
		nf, next := Nullify(o.S, o.Commitment(), position)
		v.Orders = append(v.Orders, orderVector{
			Name: name, Opening: opening(o), Terms: hex(o.Terms.Hash()),
			Covenant: hex(field.K(o.Terms.Hash(), o.OID, o.S)), Commitment: hex(o.Commitment()),
			Position: position, Nullifier: hex(nf), Next: hex(next),
		})
	}
	good := opening(plain(Buy))
	edit := func(offset int, with ...byte) vector.Hex {
		c := append(vector.Hex(nil), good...)
		copy(c[offset:], with)
		return c
	}
	over := make([]byte, field.Size)
	for i := range over {
		over[i] = 0xff
	}
	add := func(name string, code rejection.Code, b vector.Hex) {
		v.Refused = append(v.Refused, vector.Refusal{Name: name, Bytes: b, Code: code.Name()})
	}
	add("no bytes", rejection.Truncated, nil)
	add("the last byte missing", rejection.Truncated, good[:len(good)-1])
	add("one byte more", rejection.TrailingBytes, append(good[:len(good):len(good)], 0))
	add("side 2", rejection.NonCanonical, edit(20, 2))
	add("oid past the modulus", rejection.NonCanonical, edit(TermsSize+12, over...))
	add("C past the modulus", rejection.NonCanonical, edit(TermsSize+12+field.Size, over...))
	add("s past the modulus", rejection.NonCanonical, edit(TermsSize+12+2*field.Size, over...))
	for _, c := range []struct {
		name string
		code rejection.Code
		edit func(*Terms)
	}{
		{"base is quote", rejection.BadTerms, func(t *Terms) { t.Quote = t.Base }},
		{"no lots", rejection.BadTerms, func(t *Terms) { t.Qty = 0 }},
		{"minimum above quantity", rejection.BadTerms, func(t *Terms) { t.MinFill = t.Qty + 1 }},
		{"funding of 2^64", rejection.OutOfRange, func(t *Terms) { t.Qty, t.LotSize, t.Limit = 1<<32, 1, 1<<32 }},
	} {
		o := plain(Buy)
		c.edit(&o.Terms)
		v.Invalid = append(v.Invalid, vector.Refusal{Name: c.name, Bytes: opening(o), Code: c.code.Name()})
	}

	file := vector.Check(t, "order", v)
	for _, c := range file.Refused {
		r := encoding.NewReader(c.Bytes)
		ReadOpening(r)
		expect(t, c, r.Done())
	}
	for _, c := range file.Invalid {
		r := encoding.NewReader(c.Bytes)
		o := ReadOpening(r)
		if err := r.Done(); err != nil {
			t.Fatal(err)
		}
		expect(t, c, o.Terms.Validate())
	}
}

func expect(t *testing.T, c vector.Refusal, err error) {
	t.Helper()
	var got *rejection.Rejection
	if !errors.As(err, &got) || got.Code.Name() != c.Code {
		t.Errorf("%s: got %v, want %s", c.Name, err, c.Code)
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

func TestFillVectors(t *testing.T) {
	var v fillVectors
	add := func(name string, o Order, lots uint64, x Execution) {
		const position = 77
		c := fillVector{
			Name: name, Opening: opening(o), Position: position, Lots: lots,
			Height: x.Height, Price: x.Price, Dev: x.Dev, FeeBp: x.FeeBp,
		}
		fill, err := o.Apply(position, lots, x)
		if lots == 0 && o.Terms.Qty == 0 {
			fill, err = o.Pad(position, x)
		}
		if err != nil {
			var refusal *rejection.Rejection
			if !errors.As(err, &refusal) {
				t.Fatal(err)
			}
			c.Code = refusal.Code.Name()
			v.Refused = append(v.Refused, c)
			return
		}
		c.Result = &fillResult{
			BaseLeg: fill.BaseLeg, QuoteLeg: fill.QuoteLeg, Fee: fill.Fee, Nullifier: hex(fill.Nullifier),
			Proceeds: noteOf(fill.Proceeds), Refund: noteOf(fill.Refund),
			Remainder: opening(fill.Remainder), Ocm: hex(fill.Remainder.Commitment()), Report: hex(fill.Report),
		}
		v.Fills = append(v.Fills, c)
	}
	at := func(edit func(*Execution)) Execution { x := accepted; edit(&x); return x }
	empty := plain(Sell)
	empty.Terms.Qty, empty.Value = 0, 0

	add("a sell, whole", plain(Sell), 10, accepted)
	add("a sell, in part", plain(Sell), 4, accepted)
	add("a buy, in part", plain(Buy), 4, accepted)
	add("a buy below its limit", plain(Buy), 10, at(func(x *Execution) { x.Price = 900 }))
	add("padding", empty, 0, accepted)

	add("more than the quantity", plain(Sell), 11, accepted)
	add("under the minimum", plain(Sell), 3, accepted)
	add("nothing", plain(Sell), 0, accepted)
	add("a buy past its limit", plain(Buy), 4, at(func(x *Execution) { x.Price = 1_001 }))
	add("a sell past its limit", plain(Sell), 4, at(func(x *Execution) { x.Price = 999 }))
	add("expired", plain(Sell), 4, at(func(x *Execution) { x.Height = 101 }))
	add("fee above the cap", plain(Sell), 4, at(func(x *Execution) { x.FeeBp = 21 }))
	add("outside the band", plain(Sell), 4, at(func(x *Execution) { x.Dev = 51 }))
	poor, rich, strange := plain(Buy), plain(Buy), plain(Buy)
	poor.Value--
	rich.Value++
	strange.Asset = strange.Terms.Base
	add("under-funded", poor, 4, accepted)
	add("over-funded", rich, 4, accepted)
	add("funded in another asset", strange, 4, accepted)

	file := vector.Check(t, "fill", v)
	if len(file.Fills) != 5 || len(file.Refused) != 11 {
		t.Fatalf("%d fills and %d refusals", len(file.Fills), len(file.Refused))
	}
}
