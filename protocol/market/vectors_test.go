package market

import (
	"errors"
	"math"
	"testing"

	"github.com/nightjar/nightjar/internal/testkit/vector"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// vectors is spec/vectors/market.json.
type vectors struct {
	Records    []recordVector    `json:"records"`
	References []referenceVector `json:"references"`
	Deviations []deviationVector `json:"deviations"`
	Refused    []vector.Refusal  `json:"refused"` // encoded records
	Invalid    []vector.Refusal  `json:"invalid"` // records that decode and that Validate refuses
}

type recordVector struct {
	Market     uint32     `json:"market"`
	Base       uint32     `json:"base"`
	Quote      uint32     `json:"quote"`
	LotSize    uint64     `json:"lotSize"`
	Tick       uint64     `json:"tick"`
	FeeBp      uint16     `json:"feeBp"`
	Collar     uint16     `json:"collar"`
	MinQty     uint64     `json:"minQty"`
	Bytes      vector.Hex `json:"bytes"`
	Leaf       vector.Hex `json:"leaf"`
	Price      uint64     `json:"price"`
	OnTick     bool       `json:"onTick"`
	Dev        uint16     `json:"dev"`
	Height     uint32     `json:"height"`
	Salt       vector.Hex `json:"salt"`
	Commitment vector.Hex `json:"commitment"`
}

type referenceVector struct {
	Market    uint32     `json:"market"`
	Reference uint64     `json:"reference"`
	Leaf      vector.Hex `json:"leaf"`
}

type deviationVector struct {
	Price     uint64 `json:"price"`
	Reference uint64 `json:"reference"`
	Dev       uint16 `json:"dev"`
}

func encode(m Record) vector.Hex {
	w := encoding.NewWriter(Size)
	Write(w, m)
	return w.Bytes()
}

func decode(b []byte) (Record, error) {
	r := encoding.NewReader(b)
	m := Read(r)
	return m, r.Done()
}

func hex(e field.Element) vector.Hex { b := e.Bytes(); return b[:] }

func TestVectors(t *testing.T) {
	const top = math.MaxUint64
	var v vectors
	full := Record{ID: Max - 1, Base: math.MaxUint32, Quote: math.MaxUint32 - 1, LotSize: top, Tick: 1<<63 - 1, FeeBp: 10_000, Collar: math.MaxUint16, MinQty: top}
	for _, c := range []struct {
		m      Record
		price  uint64
		dev    uint16
		height uint32
		salt   uint64
	}{
		{plain(), 1_000, 102, 50, 1},
		{plain(), 1_001, 112, 50, 1}, // between two half ticks
		{full, top, 65535, math.MaxUint32, top},
		{Record{}, 0, 0, 0, 0},
	} {
		salt := field.FromUint64(c.salt)
		v.Records = append(v.Records, recordVector{
			Market: c.m.ID, Base: c.m.Base, Quote: c.m.Quote, LotSize: c.m.LotSize, Tick: c.m.Tick, FeeBp: c.m.FeeBp,
			Collar: c.m.Collar, MinQty: c.m.MinQty, Bytes: encode(c.m), Leaf: hex(c.m.Leaf()), Price: c.price, OnTick: c.m.OnTick(c.price), Dev: c.dev, Height: c.height,
			Salt: hex(salt), Commitment: hex(c.m.Commitment(c.price, c.dev, c.height, salt)),
		})
	}
	for _, c := range []referenceVector{{Market: 3, Reference: 990}, {Market: 0}, {Market: Max - 1, Reference: top}} {
		c.Leaf = hex(RefLeaf(c.Market, c.Reference))
		v.References = append(v.References, c)
	}
	for _, c := range []deviationVector{
		{1_000, 1_000, 0}, {1_000, 990, 0}, {980, 990, 0}, {10_001, 10_000, 0}, {10_002, 10_001, 0},
		{75_534, 10_000, 0}, {75_535, 10_000, 0}, {75_536, 10_000, 0}, {5, 0, 0}, {0, 5, 0}, {top, 1, 0}, {top - 1, top, 0},
	} {
		c.Dev = Deviation(c.Price, c.Reference)
		v.Deviations = append(v.Deviations, c)
	}
	good := encode(plain())
	v.Refused = []vector.Refusal{
		{Name: "no bytes", Code: rejection.Truncated.Name()},
		{Name: "the last byte missing", Bytes: good[:Size-1], Code: rejection.Truncated.Name()},
		{Name: "one byte more", Bytes: append(good[:Size:Size], 0), Code: rejection.TrailingBytes.Name()},
	}
	for _, c := range invalid() {
		m := plain()
		c.edit(&m)
		v.Invalid = append(v.Invalid, vector.Refusal{Name: c.name, Bytes: encode(m), Code: rejection.ParameterBounds.Name()})
	}

	file := vector.Check(t, "market", v)
	for _, c := range append(file.Refused, file.Invalid...) {
		m, err := decode(c.Bytes)
		if err == nil {
			err = m.Validate()
		}
		var got *rejection.Rejection
		if !errors.As(err, &got) || got.Code.Name() != c.Code {
			t.Errorf("%s: got %v, want %s", c.Name, err, c.Code)
		}
	}
}
