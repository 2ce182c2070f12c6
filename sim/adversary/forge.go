package adversary

import (
	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/note"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/settlement"
	"github.com/nightjar/nightjar/sim/world"
)

// forge makes a leg a fill of any number of lots of an order that holds any
// amount: the Fill circuit's arithmetic in the field, without its ranges.
func forge(l *world.Leg, lots uint64) {
	o, x := l.Witness.Order, l.Witness.Execution
	t := o.Terms
	unit, _ := t.Unit()
	notional, base := lots*x.Price, lots*t.LotSize
	fee, _ := amount.FloorBp(notional, x.FeeBp)
	quote := notional - fee
	paid, proceeds := base, quote
	if t.Side == order.Buy {
		quote = notional + fee
		paid, proceeds = quote, base
	}
	nf, next := order.Nullify(o.S, o.Commitment(), l.Witness.Path.Position)
	pad, rho := order.Receipt(o.S, nf, x.Height)
	report := field.Pack(field.Word{V: lots}, field.Word{V: x.Price, Shift: 64}, field.Word{V: uint64(x.FeeBp), Shift: 128})
	report.Add(&report, &pad)

	rest := minus(t.Qty, lots)
	left := minus(o.Value, lots*unit)
	money := note.Money(domain.Order, o.Asset, 0)
	money.Add(&money, &left)

	l.Fill.Lots, l.Fill.Fee = lots, fee
	l.Circuit.Lots = lots
	l.Public = settlement.Leg{
		Nullifier: nf,
		Proceeds:  note.Note{Asset: t.ProceedsAsset(), Value: proceeds, Rho: rho, C: o.C}.Commitment(),
		Refund:    note.Note{Asset: o.Asset, Value: lots*unit - paid, Rho: note.OutputRho(rho, 1), C: o.C}.Commitment(),
		Remainder: field.K(money, field.K(termsHash(t, rest), o.OID, next), o.C),
		Value:     settlement.FillValue(t.Side == order.Sell, base, quote, l.Witness.Blind),
		Report:    report,
	}
}

// minus returns a − b in the field.
func minus(a, b uint64) field.Element {
	x, y := field.FromUint64(a), field.FromUint64(b)
	x.Sub(&x, &y)
	return x
}

// termsHash is order.Terms.Hash with a quantity that need not be one.
func termsHash(t order.Terms, qty field.Element) field.Element {
	t1 := field.Pack(
		field.Word{V: uint64(t.Market)}, field.Word{V: uint64(t.Base), Shift: 32}, field.Word{V: uint64(t.Quote), Shift: 64},
		field.Word{V: t.LotSize, Shift: 96}, field.Word{V: uint64(t.Side), Shift: 160}, field.Word{V: uint64(t.Expiry), Shift: 161},
		field.Word{V: uint64(t.Band), Shift: 193}, field.Word{V: uint64(t.MaxFee), Shift: 209})
	t2 := field.Pack(field.Word{V: t.Limit}, field.Word{V: t.MinFill, Shift: 128})
	shift := field.Pack(field.Word{V: 1, Shift: 64})
	qty.Mul(&qty, &shift)
	t2.Add(&t2, &qty)
	return field.K(t1, t2, field.FromUint64(uint64(domain.Terms)))
}
