package order

import (
	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/note"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// Execution is what an auction decided for a market: everything about a fill
// that is not the order's own.
type Execution struct {
	Height uint32 // auction height a
	Price  uint64 // P, quote hub units per lot
	Dev    uint16 // distance of P from the reference in bp (market.Deviation)
	FeeBp  uint16 // fee rate of the market
}

// Fill is a fill of Lots lots of an order: its money and its three outputs.
type Fill struct {
	Lots     uint64
	BaseLeg  uint64 // base hub units that change hands: lots × lotSize
	QuoteLeg uint64 // quote hub units the buyer pays or the seller receives
	Fee      uint64 // quote hub units of fee inside QuoteLeg
	Report   field.Element
	Next     field.Element // s', the secret of Remainder

	Nullifier field.Element
	Proceeds  note.Note
	Refund    note.Note
	Remainder Order
}

// Apply computes the fill of lots of the order at leaf position under x, by
// the rules of spec/05-fill.md, or says which term forbids it (BAD_TERMS):
// this is the native twin of the Fill circuit for a real order.
func (o Order) Apply(position uint64, lots uint64, x Execution) (Fill, error) {
	t := o.Terms
	refuse := func(what string) (Fill, error) {
		return Fill{}, rejection.New(rejection.BadTerms, "%s", what)
	}
	funding, err := t.Funding()
	if err != nil {
		return Fill{}, err
	}
	switch {
	case o.Asset != t.FundingAsset() || o.Value != funding:
		return refuse("the order does not hold qty × unit of its funding asset")
	case lots == 0 || lots > t.Qty:
		return refuse("fill exceeds the quantity")
	case lots < t.MinFill && lots != t.Qty:
		return refuse("fill is under the minimum")
	case t.Side == Buy && x.Price > t.Limit, t.Side == Sell && x.Price < t.Limit:
		return refuse("price is past the limit")
	case x.Height > t.Expiry:
		return refuse("order has expired")
	case x.FeeBp > t.MaxFee:
		return refuse("fee is above the maximum")
	case x.Dev > t.Band:
		return refuse("price is outside the band")
	}
	return o.fill(position, lots, x)
}

// Pad computes the zero fill of a padding order: a zero-valued order with no
// quantity, whose nullifier stands in a group like any other.
func (o Order) Pad(position uint64, x Execution) (Fill, error) {
	if o.Value != 0 || o.Terms.Qty != 0 {
		return Fill{}, rejection.New(rejection.BadTerms, "padding must be empty")
	}
	return o.fill(position, 0, x)
}

func (o Order) fill(position uint64, lots uint64, x Execution) (Fill, error) {
	t := o.Terms
	unit, err := t.Unit()
	if err != nil {
		return Fill{}, err
	}
	notional, ok1 := amount.Mul(lots, x.Price)
	base, ok2 := amount.Mul(lots, t.LotSize)
	fee, ok3 := amount.FloorBp(notional, x.FeeBp)
	released, ok4 := amount.Mul(lots, unit)
	left, ok5 := amount.Mul(t.Qty-lots, unit)
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 {
		return Fill{}, rejection.New(rejection.OutOfRange, "the fill's amounts")
	}
	f := Fill{Lots: lots, BaseLeg: base, Fee: fee}
	var proceeds, paid uint64
	var ok bool
	if t.Side == Buy {
		f.QuoteLeg, ok = amount.Add(notional, fee)
		proceeds, paid = base, f.QuoteLeg
	} else {
		f.QuoteLeg, ok = amount.Sub(notional, fee)
		proceeds, paid = f.QuoteLeg, base
	}
	refund, ok6 := amount.Sub(released, paid)
	if !ok || !ok6 {
		return Fill{}, rejection.New(rejection.OutOfRange, "the fill's amounts")
	}

	ocm := o.Commitment()
	f.Nullifier, f.Next = Nullify(o.S, ocm, position)
	pad, rho := Receipt(o.S, f.Nullifier, x.Height)
	f.Report = packReport(lots, x)
	f.Report.Add(&f.Report, &pad)
	f.Proceeds = note.Note{Asset: t.ProceedsAsset(), Value: proceeds, Rho: rho, C: o.C}
	f.Refund = note.Note{Asset: t.FundingAsset(), Value: refund, Rho: note.OutputRho(rho, 1), C: o.C}
	f.Remainder = o
	f.Remainder.Terms.Qty = t.Qty - lots
	f.Remainder.Asset = t.FundingAsset()
	f.Remainder.Value = left
	f.Remainder.S = f.Next
	return f, nil
}

// Receipt returns (pad, rho) = K2(s, nf_o, a + 2^64·RCPT): the pad that hides
// the report and the rho of the proceeds note (the refund's is rho + 1).
func Receipt(s, nf field.Element, height uint32) (pad, rho field.Element) {
	return field.K2(s, nf, field.Pack(field.Word{V: uint64(height)}, field.Word{V: uint64(domain.Rcpt), Shift: 64}))
}

// packReport returns lots + 2^64·P + 2^128·feeBp.
func packReport(lots uint64, x Execution) field.Element {
	return field.Pack(field.Word{V: lots}, field.Word{V: x.Price, Shift: 64}, field.Word{V: uint64(x.FeeBp), Shift: 128})
}

// OpenReport is what the owner does with a settlement's report e: it subtracts
// the pad and reads lots, price and fee rate. ok is false if e was not made
// with this order's secret. The caller then recomputes the outputs with
// Reopen and compares commitments.
func OpenReport(s, nf, e field.Element, height uint32) (lots, price uint64, feeBp uint16, ok bool) {
	pad, _ := Receipt(s, nf, height)
	e.Sub(&e, &pad)
	b := e.Bytes()
	for _, v := range b[:14] {
		if v != 0 {
			return 0, 0, 0, false
		}
	}
	word := func(i int) (v uint64) {
		for _, x := range b[i : i+8] {
			v = v<<8 | uint64(x)
		}
		return v
	}
	return word(24), word(16), uint16(b[14])<<8 | uint16(b[15]), true
}

// Reopen recomputes a fill from the order and an opened report, whatever its
// terms say: the chain has already proven that the covenant held.
func (o Order) Reopen(position, lots, price uint64, feeBp uint16, height uint32) (Fill, error) {
	if lots > o.Terms.Qty {
		return Fill{}, rejection.New(rejection.BadTerms, "fill exceeds the quantity")
	}
	return o.fill(position, lots, Execution{Height: height, Price: price, FeeBp: feeBp})
}
