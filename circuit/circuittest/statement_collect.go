package circuittest

import (
	"github.com/nightjar/nightjar/circuit/collect"
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/jubjub"
	"github.com/nightjar/nightjar/protocol/market"
)

// StateCollect works out the Collect statement of spec/11 for c.
func StateCollect(c *collect.Circuit) (s Statement) {
	v := Value
	price, reference, dev, fee := v(c.Price), v(c.Reference), v(c.Dev), v(c.Fee)
	for _, w := range []struct {
		value field.Element
		bits  int
	}{
		{v(c.Height), 32}, {v(c.Base), 32}, {v(c.Quote), 32}, {v(c.LotSize), 64}, {v(c.Tick), 64},
		{v(c.FeeBp), 16}, {price, 64}, {reference, 64}, {dev, 16},
	} {
		s.demand("range", fits(w.value, w.bits))
	}

	id := place(c.Digits)
	s.digits("market", c.Digits)
	record := Sum(id, Shift(v(c.Base), 32), Shift(v(c.Quote), 64), Shift(v(c.LotSize), 96))
	leaf := field.K(Sum(record, Shift(v(c.FeeBp), 160), tag(domain.Mkt, 192)), v(c.Tick), field.Element{})
	s.public("market", &c.Markets, climb(leaf, c.Digits, c.MarketSiblings))
	leaf = field.K(Sum(id, tag(domain.Ref, 192)), reference, field.Element{})
	s.public("reference", &c.References, climb(leaf, c.Digits, c.ReferenceSiblings))

	s.demand("positive", !price.IsZero())
	s.demand("tick", fits(v(c.HalfTicks), 65) && Sum(price, price) == Product(v(c.Tick), v(c.HalfTicks)))
	if fits(price, 64) && fits(reference, 64) && !price.IsZero() { // else broken already
		s.demand("deviation", dev == field.FromUint64(uint64(market.Deviation(price.Uint64(), reference.Uint64()))))
	}

	s.public("price-commitment", &c.PC, field.K(
		Sum(record, Shift(dev, 160), Shift(v(c.FeeBp), 176), tag(domain.PC, 192)),
		Sum(price, Shift(v(c.Height), 64)), v(c.Salt)))
	s.demand("fee-note", fits(fee, 64))
	s.later("fee-note", &c.FeeNote, func() field.Element {
		return field.K(money(domain.Note, v(c.Quote), fee), v(c.PC), field.H(domain.Owner, v(c.Treasury), v(c.R)))
	})

	s.demand("value-commitment", fits(v(c.Blind), jubjub.OrderBits))
	s.point("value-commitment", &c.FeeValue, jubjub.Add(
		jubjub.Neg(times(jubjub.Quote, fee, 64)), times(jubjub.Blind, v(c.Blind), jubjub.OrderBits)))
	return s
}
