package market

import (
	"errors"
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// plain is a valid record.
func plain() Record {
	return Record{ID: 3, Base: 7, Quote: 9, LotSize: 1_000, Tick: 4, FeeBp: 10, Collar: 500, MinQty: 1, Halt: 200}
}

// modelDeviation is the definition itself: the smallest dev with
// dev·ref ≥ |price − ref|·10^4, at most 65535, and 65535 without a reference.
func modelDeviation(price, ref uint64) uint16 {
	p, r := new(big.Int).SetUint64(price), new(big.Int).SetUint64(ref)
	distance := new(big.Int).Sub(p, r)
	distance.Abs(distance).Mul(distance, big.NewInt(10_000))
	meets := func(dev int64) bool {
		return new(big.Int).Mul(big.NewInt(dev), r).Cmp(distance) >= 0
	}
	if ref == 0 || !meets(65535) {
		return 65535
	}
	low, high := int64(0), int64(65535) // meets(high); binary search
	for low < high {
		if mid := (low + high) / 2; meets(mid) {
			high = mid
		} else {
			low = mid + 1
		}
	}
	return uint16(high)
}

func TestDeviationIsTheDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ref := rapid.Uint64().Draw(t, "ref")
		price := rapid.Uint64().Draw(t, "price")
		if rapid.Bool().Draw(t, "near") { // a uniform price is nearly always saturated
			bp := rapid.Uint64Range(0, 70_000).Draw(t, "bp")
			step := new(big.Int).SetUint64(ref)
			step.Mul(step, new(big.Int).SetUint64(bp)).Quo(step, big.NewInt(10_000))
			price = ref + step.Uint64() + rapid.Uint64Range(0, 2).Draw(t, "off")
		}
		if got, want := Deviation(price, ref), modelDeviation(price, ref); got != want {
			t.Fatalf("deviation of %d from %d: %d, want %d", price, ref, got, want)
		}
	})
}

func TestDeviationBoundaries(t *testing.T) {
	const top = math.MaxUint64
	for _, c := range []struct {
		price, ref uint64
		want       uint16
	}{
		{0, 0, 65535}, {1, 0, 65535}, {top, 0, 65535}, // no reference
		{0, 1, 10_000}, {1, 1, 0}, {2, 1, 10_000},
		{10_000, 10_000, 0}, {10_001, 10_000, 1}, {9_999, 10_000, 1},
		{10_001, 10_001, 0}, {10_002, 10_001, 1}, // just under 1 bp rounds up
		{75_534, 10_000, 65534}, {75_535, 10_000, 65535}, {75_536, 10_000, 65535},
		{top, top, 0}, {top - 1, top, 1}, {0, top, 10_000}, {top, 1, 65535},
		{1 << 63, 1 << 62, 10_000}, {top, 1 << 63, 10_000},
	} {
		if got := Deviation(c.price, c.ref); got != c.want || got != modelDeviation(c.price, c.ref) {
			t.Errorf("deviation of %d from %d: %d, want %d", c.price, c.ref, got, c.want)
		}
	}
}

func TestOnTick(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := plain()
		m.Tick = rapid.Uint64Range(1, 1<<63-1).Draw(t, "tick")
		price := rapid.Uint64().Draw(t, "price")
		if rapid.Bool().Draw(t, "multiple") {
			price = rapid.Uint64Range(0, 5).Draw(t, "k") * (m.Tick / 2)
		}
		twice := new(big.Int).Lsh(new(big.Int).SetUint64(price), 1)
		want := price > 0 && twice.Mod(twice, new(big.Int).SetUint64(m.Tick)).Sign() == 0
		if got := m.OnTick(price); got != want {
			t.Fatalf("price %d, tick %d: %v", price, m.Tick, got)
		}
	})
	if (Record{}).OnTick(1) {
		t.Fatal("a record without a tick has no prices")
	}
}

// variant is plain with one edit.
type variant struct {
	name string
	edit func(*Record)
}

// invalid returns one record for each bound.
func invalid() []variant {
	return []variant{
		{"id past the table", func(m *Record) { m.ID = Max }},
		{"base is quote", func(m *Record) { m.Quote = m.Base }},
		{"no lot size", func(m *Record) { m.LotSize = 0 }},
		{"no tick", func(m *Record) { m.Tick = 0 }},
		{"tick of 2^63", func(m *Record) { m.Tick = 1 << 63 }},
		{"no minimum quantity", func(m *Record) { m.MinQty = 0 }},
		{"fee over 100 %", func(m *Record) { m.FeeBp = 10_001 }},
		{"nothing", func(m *Record) { *m = Record{} }},
	}
}

func TestValidate(t *testing.T) {
	if err := plain().Validate(); err != nil {
		t.Fatal(err)
	}
	for _, c := range invalid() {
		m := plain()
		c.edit(&m)
		if err := m.Validate(); !errors.Is(err, rejection.ParameterBounds) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestRoundTrip: one record, one encoding.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := Record{
			ID: rapid.Uint32().Draw(t, "id"), Base: rapid.Uint32().Draw(t, "base"), Quote: rapid.Uint32().Draw(t, "quote"),
			LotSize: rapid.Uint64().Draw(t, "lotSize"), Tick: rapid.Uint64().Draw(t, "tick"),
			FeeBp: rapid.Uint16().Draw(t, "feeBp"), Collar: rapid.Uint16().Draw(t, "collar"), MinQty: rapid.Uint64().Draw(t, "minQty"),
			Halt: rapid.Uint16().Draw(t, "halt"),
		}
		b := encode(m)
		if got, err := decode(b); err != nil || got != m || len(b) != Size {
			t.Fatalf("%+v, %v", got, err)
		}
	})
}

// TestBinding: what Collect proves of a record and of a price is in the leaf
// and in the price commitment; collar, minimum quantity and halt are the
// engine's and are in neither.
func TestBinding(t *testing.T) {
	type values struct {
		m            Record
		price, ref   uint64
		dev          uint16
		height, salt uint32
	}
	start := values{m: plain(), price: 1_000, ref: 990, dev: 102, height: 50, salt: 1}
	for _, c := range []struct {
		name          string
		edit          func(*values)
		leaf, ref, pc bool // which of the three change
	}{
		{"market", func(v *values) { v.m.ID++ }, true, true, true},
		{"base", func(v *values) { v.m.Base++ }, true, false, true},
		{"quote", func(v *values) { v.m.Quote++ }, true, false, true},
		{"lotSize", func(v *values) { v.m.LotSize++ }, true, false, true},
		{"feeBp", func(v *values) { v.m.FeeBp++ }, true, false, true},
		{"tick", func(v *values) { v.m.Tick++ }, true, false, false},
		{"collar", func(v *values) { v.m.Collar++ }, false, false, false},
		{"minQty", func(v *values) { v.m.MinQty++ }, false, false, false},
		{"halt", func(v *values) { v.m.Halt++ }, false, false, false},
		{"price", func(v *values) { v.price++ }, false, false, true},
		{"dev", func(v *values) { v.dev++ }, false, false, true},
		{"height", func(v *values) { v.height++ }, false, false, true},
		{"salt", func(v *values) { v.salt++ }, false, false, true},
		{"reference", func(v *values) { v.ref++ }, false, true, false},
	} {
		three := func(v values) [3]field.Element {
			return [3]field.Element{
				v.m.Leaf(), RefLeaf(v.m.ID, v.ref),
				v.m.Commitment(v.price, v.dev, v.height, field.FromUint64(uint64(v.salt))),
			}
		}
		changed := start
		c.edit(&changed)
		a, b := three(start), three(changed)
		for i, want := range []bool{c.leaf, c.ref, c.pc} {
			if (a[i] != b[i]) != want {
				t.Errorf("%s, value %d: changed %v, want %v", c.name, i, a[i] != b[i], want)
			}
		}
	}
}
