package circuittest

import (
	"github.com/nightjar/nightjar/circuit/fill"
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/jubjub"
)

// StateFill works out the Fill statement of spec/11 for c, by the formulas of
// spec/05-fill.md.
func StateFill(c *fill.Circuit) (s Statement) {
	v := Value
	one := field.FromUint64(1)
	side, lots, secret := v(c.Side), v(c.Lots), v(c.S)
	qty, price, height := v(c.Qty), v(c.Price), v(c.Height)

	for _, w := range []struct {
		value field.Element
		bits  int
	}{
		{v(c.Market), 32}, {v(c.Base), 32}, {v(c.Quote), 32}, {v(c.Expiry), 32},
		{v(c.LotSize), 64}, {v(c.Limit), 64}, {qty, 64}, {v(c.MinFill), 64},
		{v(c.Band), 16}, {v(c.MaxFee), 16}, {side, 1},
	} {
		s.demand("terms-range", fits(w.value, w.bits))
	}
	for _, w := range []struct {
		value field.Element
		bits  int
	}{{height, 32}, {lots, 64}, {price, 64}, {v(c.Dev), 16}, {v(c.FeeBp), 16}} {
		s.demand("trade-range", fits(w.value, w.bits))
	}
	isReal := !lots.IsZero()
	rest := Difference(qty, lots)
	s.demand("quantity", fits(rest, 64))
	s.demand("padding", isReal || qty.IsZero())

	limitOfBuy := Product(side, v(c.Limit))
	ceiling := perTenThousand(Sum(Product(limitOfBuy, v(c.MaxFee)), field.FromUint64(9_999)))
	unit := Sum(Product(Difference(one, side), v(c.LotSize)), limitOfBuy, ceiling)
	value := Product(qty, unit)
	s.demand("funding", fits(ceiling, 64) && fits(unit, 64) && fits(value, 64))
	funding := Select(side, v(c.Quote), v(c.Base))
	bought := Select(side, v(c.Base), v(c.Quote))

	record := Sum(v(c.Market), Shift(v(c.Base), 32), Shift(v(c.Quote), 64), Shift(v(c.LotSize), 96))
	commit := func(qty, value, secret field.Element) field.Element {
		t1 := Sum(record, Shift(side, 160), Shift(v(c.Expiry), 161), Shift(v(c.Band), 193), Shift(v(c.MaxFee), 209))
		t2 := Sum(v(c.Limit), Shift(qty, 64), Shift(v(c.MinFill), 128))
		terms := field.K(t1, t2, tag(domain.Terms, 0))
		return field.K(money(domain.Order, funding, value), field.K(terms, v(c.OID), secret), v(c.C))
	}
	ocm := commit(qty, value, secret)
	s.digits("membership", c.Digits)
	if isReal {
		s.public("membership", &c.Anchor, climb(ocm, c.Digits, c.Siblings))
	}
	nf, next := field.K2(secret, ocm, Sum(place(c.Digits), tag(domain.ONF, 64)))
	s.public("nullifier", &c.Nullifier, nf)
	s.public("price-commitment", &c.PC, field.K(
		Sum(record, Shift(v(c.Dev), 160), Shift(v(c.FeeBp), 176), tag(domain.PC, 192)),
		Sum(price, Shift(height, 64)), v(c.Salt)))

	s.demand("minimum", rest.IsZero() || fits(Difference(lots, v(c.MinFill)), 64))
	towards := Difference(Sum(side, side), one)
	s.demand("limit", !isReal || fits(Product(towards, Difference(v(c.Limit), price)), 64))
	s.demand("expiry", !isReal || fits(Difference(v(c.Expiry), height), 32))
	s.demand("fee-cap", !isReal || fits(Difference(v(c.MaxFee), v(c.FeeBp)), 16))
	s.demand("band", !isReal || fits(Difference(v(c.Band), v(c.Dev)), 16))

	notional := Product(lots, price)
	fee := perTenThousand(Product(notional, v(c.FeeBp)))
	base := Product(lots, v(c.LotSize))
	quote := Sum(notional, Product(towards, fee))
	paid := Select(side, quote, base)
	proceeds := Select(side, base, quote)
	released := Product(lots, unit)
	refund := Difference(released, paid)
	s.demand("payment", fits(notional, 64) && fits(fee, 64) && fits(base, 64) && fits(quote, 64) && fits(refund, 64))

	pad, rho := field.K2(secret, nf, Sum(height, tag(domain.Rcpt, 64)))
	s.public("proceeds", &c.Proceeds, field.K(money(domain.Note, bought, proceeds), rho, v(c.C)))
	s.public("refund", &c.Refund, field.K(money(domain.Note, funding, refund), Sum(rho, one), v(c.C)))
	s.public("remainder", &c.Remainder, commit(rest, Difference(value, released), next))
	s.public("report", &c.Report, Sum(pad, lots, Shift(price, 64), Shift(v(c.FeeBp), 128)))

	legs := jubjub.Add(times(jubjub.Base, base, 64), jubjub.Neg(times(jubjub.Quote, quote, 64)))
	if side.IsOne() {
		legs = jubjub.Neg(legs)
	}
	s.demand("value-commitment", fits(v(c.Blind), jubjub.OrderBits))
	s.point("value-commitment", &c.Value, jubjub.Add(legs, times(jubjub.Blind, v(c.Blind), jubjub.OrderBits)))
	return s
}
