package fill_test

import (
	"math/big"
	"testing"

	"github.com/consensys/gnark/frontend"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/circuit/circuittest"
	"github.com/nightjar/nightjar/circuit/fill"
	"github.com/nightjar/nightjar/circuit/gadget"
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/jubjub"
	"github.com/nightjar/nightjar/protocol/order"
)

// buy returns a fill of 6 of 10 lots in which no term is at its bound.
func buy() fill.Witness {
	w := rapid.Custom(circuittest.Fill).Example(1)
	w.Order.Terms = order.Terms{
		Market: 3, Base: 1, Quote: 2, LotSize: 1000, Side: order.Buy,
		Limit: 100, Qty: 10, MinFill: 4, Expiry: 500, Band: 50, MaxFee: 30,
	}
	w.Execution = order.Execution{Height: 400, Price: 90, Dev: 20, FeeBp: 10}
	w.Lots = 6
	return w
}

func sell() fill.Witness {
	w := buy()
	w.Order.Terms.Side = order.Sell
	w.Order.Terms.Limit = 80
	return w
}

// cheat assigns the witness, lets change alter what a prover may choose, and
// then publishes what follows from it.
func cheat(w fill.Witness, change func(c *fill.Circuit)) *fill.Circuit {
	c := w.Assign(order.Fill{Lots: w.Lots})
	change(c)
	publish(c)
	return c
}

// publish recomputes every public input from the private ones in field
// arithmetic, by the formulas of spec/05-fill.md without any of their bounds.
func publish(c *fill.Circuit) {
	v, sum, mul, sub := circuittest.Value, circuittest.Sum, circuittest.Product, circuittest.Difference
	shift := circuittest.Shift
	one, tenThousand := field.FromUint64(1), big.NewInt(10_000)
	perTenThousand := func(e field.Element) (q field.Element) {
		n := e.BigInt(new(big.Int))
		q.SetBigInt(n.Div(n, tenThousand))
		return q
	}
	side, lots, s := v(c.Side), v(c.Lots), v(c.S)
	limitOfBuy := mul(side, v(c.Limit))
	unit := sum(mul(sub(one, side), v(c.LotSize)), limitOfBuy,
		perTenThousand(sum(mul(limitOfBuy, v(c.MaxFee)), field.FromUint64(9_999))))
	value := mul(v(c.Qty), unit)
	funding := circuittest.Select(side, v(c.Quote), v(c.Base))
	bought := circuittest.Select(side, v(c.Base), v(c.Quote))

	money := func(tag domain.Tag, asset, value field.Element) field.Element {
		return sum(value, shift(asset, 64), shift(field.FromUint64(uint64(tag)), 96))
	}
	record := sum(v(c.Market), shift(v(c.Base), 32), shift(v(c.Quote), 64), shift(v(c.LotSize), 96))
	commit := func(qty, value, s field.Element) field.Element {
		t1 := sum(record, shift(side, 160), shift(v(c.Expiry), 161), shift(v(c.Band), 193), shift(v(c.MaxFee), 209))
		t2 := sum(v(c.Limit), shift(qty, 64), shift(v(c.MinFill), 128))
		terms := field.K(t1, t2, field.FromUint64(uint64(domain.Terms)))
		return field.K(money(domain.Order, funding, value), field.K(terms, v(c.OID), s), v(c.C))
	}
	ocm := commit(v(c.Qty), value, s)
	position, node, power := field.Element{}, ocm, one
	for i, d := range c.Digits {
		trit := sum(v(d), one)
		position = sum(position, mul(trit, power))
		power = mul(power, field.FromUint64(3))
		s0, s1 := v(c.Siblings[i][0]), v(c.Siblings[i][1])
		switch trit.Uint64() {
		case 0:
			node = field.K(node, s0, s1)
		case 1:
			node = field.K(s0, node, s1)
		default:
			node = field.K(s0, s1, node)
		}
	}
	c.Anchor = node
	nf, next := field.K2(s, ocm, sum(position, shift(field.FromUint64(uint64(domain.ONF)), 64)))
	c.Nullifier = nf
	c.PC = field.K(
		sum(record, shift(v(c.Dev), 160), shift(v(c.FeeBp), 176), shift(field.FromUint64(uint64(domain.PC)), 192)),
		sum(v(c.Price), shift(v(c.Height), 64)), v(c.Salt))

	notional := mul(lots, v(c.Price))
	fee := perTenThousand(mul(notional, v(c.FeeBp)))
	base := mul(lots, v(c.LotSize))
	quote := circuittest.Select(side, sum(notional, fee), sub(notional, fee))
	paid := circuittest.Select(side, quote, base)
	released := mul(lots, unit)
	pad, rho := field.K2(s, nf, sum(v(c.Height), shift(field.FromUint64(uint64(domain.Rcpt)), 64)))
	c.Proceeds = field.K(money(domain.Note, bought, sub(sum(base, quote), paid)), rho, v(c.C))
	c.Refund = field.K(money(domain.Note, funding, sub(released, paid)), sum(rho, one), v(c.C))
	c.Remainder = commit(sub(v(c.Qty), lots), sub(value, released), next)
	c.Report = sum(pad, lots, shift(v(c.Price), 64), shift(v(c.FeeBp), 128))

	times := func(p jubjub.Point, e field.Element, bits uint) jubjub.Point {
		return jubjub.Mul(p, jubjub.ScalarFromBig(circuittest.Low(e, bits)))
	}
	legs := jubjub.Add(times(jubjub.Base, base, 64), jubjub.Neg(times(jubjub.Quote, quote, 64)))
	if side == one {
		legs = jubjub.Neg(legs)
	}
	c.Value = gadget.AssignPoint(jubjub.Add(legs, times(jubjub.Blind, v(c.Blind), jubjub.OrderBits)))
}

// TestGroups: for each constraint group a witness that violates only it.
func TestGroups(t *testing.T) {
	none := func(*fill.Circuit) {}
	honest := circuittest.Compile(t, fill.New())
	for name, w := range map[string]fill.Witness{"buy": buy(), "sell": sell()} {
		if err := honest.Solve(cheat(w, none)); err != nil {
			t.Fatalf("honest %s: %v", name, err)
		}
	}
	public := func(w fill.Witness, change func(c *fill.Circuit)) *fill.Circuit {
		c := cheat(w, none)
		change(c)
		return c
	}
	other := field.FromUint64(42)

	// The owner's band is 50 and the price 60,000 bp from the reference; a band
	// of 50 + 2^16 with one less maximum fee packs to the same terms.
	wideBand := buy()
	wideBand.Order.Terms.MaxFee, wideBand.Execution.Dev = 31, 60_000
	// The same from the other side: dev − 2^16 with one more fee packs to pc.
	negativeDev := buy()
	negativeDev.Execution.Dev = 60_000

	huge := sell()
	huge.Order.Terms.Qty, huge.Order.Terms.LotSize = 1<<40, 1<<30
	dear := sell()
	dear.Order.Terms.Qty, dear.Order.Terms.LotSize = 1<<40, 1
	dear.Lots, dear.Execution.Price = 1<<40, 1<<30

	circuittest.CheckViolations(t, func() frontend.Circuit { return fill.New() }, []circuittest.Violation{
		circuittest.Breaks("terms-range", "outside the band by overflowing it", cheat(wideBand, func(c *fill.Circuit) { c.Band, c.MaxFee = 50+1<<16, 30 })),
		circuittest.Breaks("trade-range", "outside the band by a negative deviation", cheat(negativeDev, func(c *fill.Circuit) { c.Dev, c.FeeBp = 60_000-1<<16, 11 })),
		circuittest.Breaks("quantity", "more than there is", cheat(buy(), func(c *fill.Circuit) { c.Lots = 11 })),
		circuittest.Breaks("padding", "padding with a value, in no tree", cheat(buy(), func(c *fill.Circuit) { c.Lots, c.MinFill = 0, 0 })),
		circuittest.Breaks("funding", "a value that runs into the asset", cheat(huge, none)),
		circuittest.Breaks("membership", "another root", public(buy(), func(c *fill.Circuit) { c.Anchor = other })),
		circuittest.Breaks("membership", "a value that was never locked", public(buy(), func(c *fill.Circuit) {
			anchor := c.Anchor
			c.Qty = 11
			publish(c)
			c.Anchor = anchor
		})),
		circuittest.Breaks("nullifier", "another nullifier", public(buy(), func(c *fill.Circuit) { c.Nullifier = other })),
		circuittest.Breaks("price-commitment", "another group's price", public(buy(), func(c *fill.Circuit) { c.PC = other })),
		circuittest.Breaks("price-commitment", "another height", public(buy(), func(c *fill.Circuit) {
			pc := c.PC
			c.Height = 401
			publish(c)
			c.PC = pc
		})),
		circuittest.Breaks("minimum", "under the minimum fill", cheat(buy(), func(c *fill.Circuit) { c.Lots = 3 })),
		circuittest.Breaks("limit", "sold below the limit", cheat(sell(), func(c *fill.Circuit) { c.Price = 79 })),
		circuittest.Breaks("expiry", "after expiry", cheat(buy(), func(c *fill.Circuit) { c.Height = 501 })),
		circuittest.Breaks("fee-cap", "above the maximum fee", cheat(buy(), func(c *fill.Circuit) { c.FeeBp = 31 })),
		circuittest.Breaks("band", "outside the band", cheat(buy(), func(c *fill.Circuit) { c.Dev = 51 })),
		circuittest.Breaks("payment", "a notional past 64 bits", cheat(dear, none)),
		circuittest.Breaks("proceeds", "proceeds to another owner", public(buy(), func(c *fill.Circuit) { c.Proceeds = other })),
		circuittest.Breaks("refund", "refund to another owner", public(buy(), func(c *fill.Circuit) { c.Refund = other })),
		circuittest.Breaks("remainder", "a remainder that is not the order's", public(buy(), func(c *fill.Circuit) { c.Remainder = other })),
		circuittest.Breaks("report", "a report that opens nothing", public(buy(), func(c *fill.Circuit) { c.Report = other })),
		circuittest.Breaks("value-commitment", "legs that are not the fill's", public(buy(), func(c *fill.Circuit) { c.Value = gadget.AssignPoint(jubjub.Base) })),
	})
}
