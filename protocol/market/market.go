package market

import (
	"math/bits"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// TableDepth is the depth of the market and reference tables: ternary trees
// with 3^6 = 729 leaves, the leaf index being the market id.
const TableDepth = 6

// Max is the number of markets a table holds.
const Max = 729

// Record is one market.
type Record struct {
	ID      uint32
	Base    uint32 // asset id
	Quote   uint32 // asset id
	LotSize uint64 // base hub units per lot
	Tick    uint64 // quote hub units per lot; prices are multiples of half of it
	FeeBp   uint16 // fee rate in bp on each side, in the quote asset
	Collar  uint16 // largest distance of a price from the reference in bp
	MinQty  uint64 // smallest order in lots
	Halt    uint16 // largest move of the reference in an auction interval in bp; 65535 is any
}

// Validate refuses (PARAMETER_BOUNDS) a record that can't be a market.
func (m Record) Validate() error {
	switch {
	case m.ID >= Max:
		return rejection.New(rejection.ParameterBounds, "market id is past the table")
	case m.Base == m.Quote:
		return rejection.New(rejection.ParameterBounds, "base and quote are the same asset")
	case m.LotSize == 0 || m.Tick == 0 || m.Tick >= 1<<63 || m.MinQty == 0:
		return rejection.New(rejection.ParameterBounds, "lot size, tick and minimum quantity must be positive")
	case m.FeeBp > amount.BasisPoints:
		return rejection.New(rejection.ParameterBounds, "fee exceeds 10000 bp")
	}
	return nil
}

// packed returns market + 2^32·base + 2^64·quote + 2^96·lotSize.
func (m Record) packed() field.Element {
	return field.Pack(
		field.Word{V: uint64(m.ID)},
		field.Word{V: uint64(m.Base), Shift: 32},
		field.Word{V: uint64(m.Quote), Shift: 64},
		field.Word{V: m.LotSize, Shift: 96},
	)
}

// Leaf returns K(M + 2^160·feeBp + 2^192·MKT, tick, 0), the record's leaf in
// the market table.
func (m Record) Leaf() field.Element {
	a := m.packed()
	b := field.Pack(field.Word{V: uint64(m.FeeBp), Shift: 160}, field.Word{V: uint64(domain.Mkt), Shift: 192})
	a.Add(&a, &b)
	return field.K(a, field.FromUint64(m.Tick), field.Element{})
}

// RefLeaf returns K(market + 2^192·REF, ref, 0), the market's leaf in the
// reference table; ref is in quote hub units per lot, 0 if there is no valid
// reference.
func RefLeaf(market uint32, ref uint64) field.Element {
	a := field.Pack(field.Word{V: uint64(market)}, field.Word{V: uint64(domain.Ref), Shift: 192})
	return field.K(a, field.FromUint64(ref), field.Element{})
}

// Commitment returns
//
//	pc = K(M + 2^160·dev + 2^176·feeBp + 2^192·PC, P + 2^64·a, salt)
//
// the one public value that all proofs of a group share.
func (m Record) Commitment(price uint64, dev uint16, height uint32, salt field.Element) field.Element {
	a := m.packed()
	b := field.Pack(
		field.Word{V: uint64(dev), Shift: 160},
		field.Word{V: uint64(m.FeeBp), Shift: 176},
		field.Word{V: uint64(domain.PC), Shift: 192},
	)
	a.Add(&a, &b)
	return field.K(a, field.Pack(field.Word{V: price}, field.Word{V: uint64(height), Shift: 64}), salt)
}

// OnTick reports whether price is a positive multiple of half a tick; none is
// for a record without a tick.
func (m Record) OnTick(price uint64) bool {
	if price == 0 || m.Tick == 0 {
		return false
	}
	lo, hi := bits.Add64(price, price, 0) // 2·price < 2^65
	_, rem := bits.Div64(hi%m.Tick, lo, m.Tick)
	return rem == 0
}

// Deviation returns the smallest dev in bp with dev·ref ≥ |price − ref|·10^4,
// saturating at 65535, also when ref = 0 (no valid reference).
func Deviation(price, ref uint64) uint16 {
	const saturated = 65535
	if ref == 0 {
		return saturated
	}
	d := price - ref
	if price < ref {
		d = ref - price
	}
	hi, lo := bits.Mul64(d, amount.BasisPoints)
	if hi >= ref { // the quotient is 2^64 or more
		return saturated
	}
	q, rem := bits.Div64(hi, lo, ref)
	if q >= saturated {
		return saturated
	}
	if rem != 0 {
		q++
	}
	return uint16(q)
}
