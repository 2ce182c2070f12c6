package order

import (
	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// Side is the direction of an order.
type Side uint8

// The two sides; the numbers are frozen in the circuits.
const (
	Sell Side = 0
	Buy  Side = 1
)

// String returns "sell" or "buy".
func (s Side) String() string {
	if s == Buy {
		return "buy"
	}
	return "sell"
}

// NoBand is the band of an order that accepts any distance from the reference.
const NoBand = 65535

// TermsSize is the length of encoded terms in bytes.
const TermsSize = 53

// Terms are what the owner of an order demands of every fill. The covenant
// (the Fill circuit) enforces all of them.
type Terms struct {
	Market  uint32 // market id
	Base    uint32 // asset bought or sold
	Quote   uint32 // asset it is paid in
	LotSize uint64 // base hub units per lot
	Side    Side
	Limit   uint64 // quote hub units per lot: the highest price of a buy, the lowest of a sell
	Qty     uint64 // lots left to fill
	MinFill uint64 // lots; a fill takes at least this, or all that is left
	Expiry  uint32 // last auction height in which the order may trade
	Band    uint16 // largest distance from the reference in bp; 0 = at it, NoBand = any
	MaxFee  uint16 // largest fee rate in bp
}

// Hash returns terms = K(T1, T2, TERMS) with
//
//	T1 = market + 2^32·base + 2^64·quote + 2^96·lotSize + 2^160·side
//	   + 2^161·expiry + 2^193·band + 2^209·maxFee
//	T2 = limit + 2^64·qty + 2^128·minFill
func (t Terms) Hash() field.Element {
	t1 := field.Pack(
		field.Word{V: uint64(t.Market)},
		field.Word{V: uint64(t.Base), Shift: 32},
		field.Word{V: uint64(t.Quote), Shift: 64},
		field.Word{V: t.LotSize, Shift: 96},
		field.Word{V: uint64(t.Side), Shift: 160},
		field.Word{V: uint64(t.Expiry), Shift: 161},
		field.Word{V: uint64(t.Band), Shift: 193},
		field.Word{V: uint64(t.MaxFee), Shift: 209},
	)
	t2 := field.Pack(
		field.Word{V: t.Limit},
		field.Word{V: t.Qty, Shift: 64},
		field.Word{V: t.MinFill, Shift: 128},
	)
	return field.K(t1, t2, field.FromUint64(uint64(domain.Terms)))
}

// FundingAsset is the asset an order holds: base for a sell, quote for a buy.
func (t Terms) FundingAsset() uint32 {
	if t.Side == Buy {
		return t.Quote
	}
	return t.Base
}

// ProceedsAsset is the asset an order's fills pay.
func (t Terms) ProceedsAsset() uint32 {
	if t.Side == Buy {
		return t.Base
	}
	return t.Quote
}

// Unit returns the hub units of the funding asset that one lot locks: lotSize
// for a sell, limit + ceil(limit·maxFee/10^4) for a buy. Linear in qty, so
// that every partial fill is provable. OUT_OF_RANGE if it is 2^64 or more.
func (t Terms) Unit() (uint64, error) {
	if t.Side == Sell {
		return t.LotSize, nil
	}
	fee, ok := amount.CeilBp(t.Limit, t.MaxFee)
	if !ok {
		return 0, rejection.New(rejection.OutOfRange, "limit with fee")
	}
	unit, ok := amount.Add(t.Limit, fee)
	if !ok {
		return 0, rejection.New(rejection.OutOfRange, "limit with fee")
	}
	return unit, nil
}

// Funding returns value = qty × unit, the money an order needs.
func (t Terms) Funding() (uint64, error) {
	unit, err := t.Unit()
	if err != nil {
		return 0, err
	}
	v, ok := amount.Mul(t.Qty, unit)
	if !ok {
		return 0, rejection.New(rejection.OutOfRange, "the order's funding")
	}
	return v, nil
}

// Validate refuses (BAD_TERMS, OUT_OF_RANGE) terms that no fill could meet.
func (t Terms) Validate() error {
	switch {
	case t.Side > Buy:
		return rejection.New(rejection.BadTerms, "side")
	case t.Base == t.Quote:
		return rejection.New(rejection.BadTerms, "base and quote are the same asset")
	case t.LotSize == 0:
		return rejection.New(rejection.BadTerms, "lot size is 0")
	case t.Qty == 0:
		return rejection.New(rejection.BadTerms, "quantity is 0")
	case t.Limit == 0:
		return rejection.New(rejection.BadTerms, "limit is 0")
	case t.MinFill > t.Qty:
		return rejection.New(rejection.BadTerms, "minimum fill exceeds the quantity")
	case t.MaxFee > amount.BasisPoints:
		return rejection.New(rejection.BadTerms, "maximum fee exceeds 10000 bp")
	}
	if _, ok := amount.Mul(t.Qty, t.LotSize); !ok {
		return rejection.New(rejection.OutOfRange, "quantity times lot size")
	}
	if _, ok := amount.Mul(t.Qty, t.Limit); !ok {
		return rejection.New(rejection.OutOfRange, "quantity times limit")
	}
	_, err := t.Funding()
	return err
}

// WriteTerms appends the 53-byte encoding of t (spec/03-order.md).
func WriteTerms(w *encoding.Writer, t Terms) {
	w.U32(t.Market)
	w.U32(t.Base)
	w.U32(t.Quote)
	w.U64(t.LotSize)
	w.U8(uint8(t.Side))
	w.U64(t.Limit)
	w.U64(t.Qty)
	w.U64(t.MinFill)
	w.U32(t.Expiry)
	w.U16(t.Band)
	w.U16(t.MaxFee)
}

// ReadTerms reads terms; it refuses an unknown side (NON_CANONICAL) and leaves
// the rest to Validate.
func ReadTerms(r *encoding.Reader) Terms {
	t := Terms{
		Market:  r.U32(),
		Base:    r.U32(),
		Quote:   r.U32(),
		LotSize: r.U64(),
	}
	side := r.U8()
	if side > uint8(Buy) {
		r.Fail(rejection.New(rejection.NonCanonical, "side is neither 0 nor 1"))
	}
	t.Side = Side(side)
	t.Limit = r.U64()
	t.Qty = r.U64()
	t.MinFill = r.U64()
	t.Expiry = r.U32()
	t.Band = r.U16()
	t.MaxFee = r.U16()
	return t
}
