package market

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/internal/testkit/vector"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/field"
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
	Halt       uint16     `json:"halt"`
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

func TestVectors(t *testing.T) {
	file := vector.Read[vectors](t, "market")
	for i, v := range file.Records {
		m, err := decode(v.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		got := recordVector{
			Market: m.ID, Base: m.Base, Quote: m.Quote, LotSize: m.LotSize, Tick: m.Tick, FeeBp: m.FeeBp,
			Collar: m.Collar, MinQty: m.MinQty, Halt: m.Halt, Bytes: encode(m), Leaf: vector.Encode(m.Leaf()),
			Price: v.Price, OnTick: m.OnTick(v.Price), Dev: v.Dev, Height: v.Height,
			Salt: v.Salt, Commitment: vector.Encode(m.Commitment(v.Price, v.Dev, v.Height, vector.Decode(t, v.Salt, field.FromBytes))),
		}
		if diff := cmp.Diff(v, got); diff != "" {
			t.Errorf("record %d (-file +test):\n%s", i, diff)
		}
	}
	for _, v := range file.References {
		if leaf := vector.Encode(RefLeaf(v.Market, v.Reference)); !bytes.Equal(leaf, v.Leaf) {
			t.Errorf("leaf of %d: %x, the file says %x", v.Market, leaf, v.Leaf)
		}
	}
	for _, v := range file.Deviations {
		if dev := Deviation(v.Price, v.Reference); dev != v.Dev {
			t.Errorf("deviation of %d from %d: %d, the file says %d", v.Price, v.Reference, dev, v.Dev)
		}
	}
	for _, v := range file.Refused {
		_, err := decode(v.Bytes)
		vector.Refused(t, v.Name, err, v.Code)
	}
	for _, v := range file.Invalid {
		m, err := decode(v.Bytes)
		if err != nil {
			t.Fatalf("%s: %v", v.Name, err)
		}
		vector.Refused(t, v.Name, m.Validate(), v.Code)
	}
}
