package collect_test

import (
	"math/big"
	"testing"

	"github.com/consensys/gnark/frontend"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/circuit/circuittest"
	"github.com/nightjar/nightjar/circuit/collect"
	"github.com/nightjar/nightjar/circuit/gadget"
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/jubjub"
	"github.com/nightjar/nightjar/protocol/market"
)

// group returns a witness with round numbers: P = 105, ref = 100, dev = 500.
func group() collect.Witness {
	w := rapid.Custom(circuittest.Collect).Example(1)
	w.Market = market.Record{ID: 5, Base: 1, Quote: 2, LotSize: 1000, Tick: 10, FeeBp: 10, MinQty: 1}
	w.MarketPath.Index, w.ReferencePath.Index = 5, 5
	w.Price, w.Reference, w.Height, w.Fee = 105, 100, 400, 17
	return w
}

// cheat assigns the witness, lets change alter what a prover may choose, and
// publishes what follows from it.
func cheat(change func(c *collect.Circuit)) *collect.Circuit {
	c := group().Assign()
	change(c)
	publish(c)
	return c
}

// publish recomputes every public input but Height and Treasury from the
// private ones in field arithmetic, without any bounds.
func publish(c *collect.Circuit) {
	v, sum, shift := circuittest.Value, circuittest.Sum, circuittest.Shift
	tag := func(t domain.Tag, n uint) field.Element { return shift(field.FromUint64(uint64(t)), n) }
	var id, power = field.Element{}, field.FromUint64(1)
	for _, d := range c.Digits {
		id = sum(id, circuittest.Product(sum(v(d), field.FromUint64(1)), power))
		power = circuittest.Product(power, field.FromUint64(3))
	}
	climb := func(node field.Element, siblings gadget.Siblings) field.Element {
		for i, d := range c.Digits {
			s0, s1 := v(siblings[i][0]), v(siblings[i][1])
			switch d.(int) {
			case -1:
				node = field.K(node, s0, s1)
			case 0:
				node = field.K(s0, node, s1)
			default:
				node = field.K(s0, s1, node)
			}
		}
		return node
	}
	record := sum(id, shift(v(c.Base), 32), shift(v(c.Quote), 64), shift(v(c.LotSize), 96))
	c.Markets = climb(field.K(sum(record, shift(v(c.FeeBp), 160), tag(domain.Mkt, 192)), v(c.Tick), field.Element{}), c.MarketSiblings)
	c.References = climb(field.K(sum(id, tag(domain.Ref, 192)), v(c.Reference), field.Element{}), c.ReferenceSiblings)
	c.PC = field.K(
		sum(record, shift(v(c.Dev), 160), shift(v(c.FeeBp), 176), tag(domain.PC, 192)),
		sum(v(c.Price), shift(v(c.Height), 64)), v(c.Salt))
	publishFee(c)
}

// publishFee recomputes the fee note and its value commitment.
func publishFee(c *collect.Circuit) {
	v, sum, shift := circuittest.Value, circuittest.Sum, circuittest.Shift
	c.FeeNote = field.K(
		sum(v(c.Fee), shift(v(c.Quote), 64), shift(field.FromUint64(uint64(domain.Note)), 96)),
		v(c.PC), field.H(domain.Owner, v(c.Treasury), v(c.R)))
	times := func(p jubjub.Point, e field.Element, bits uint) jubjub.Point {
		return jubjub.Mul(p, jubjub.ScalarFromBig(circuittest.Low(e, bits)))
	}
	c.FeeValue = gadget.AssignPoint(jubjub.Add(
		jubjub.Neg(times(jubjub.Quote, v(c.Fee), 64)), times(jubjub.Blind, v(c.Blind), jubjub.OrderBits)))
}

// TestGroups: for each constraint group a witness that violates only it.
func TestGroups(t *testing.T) {
	none := func(*collect.Circuit) {}
	if err := circuittest.Compile(t, collect.New()).Solve(cheat(none)); err != nil {
		t.Fatalf("honest: %v", err)
	}
	public := func(change func(c *collect.Circuit)) *collect.Circuit {
		c := cheat(none)
		change(c)
		return c
	}
	other := field.FromUint64(42)
	circuittest.CheckViolations(t, func() frontend.Circuit { return collect.New() }, []circuittest.Violation{
		// base + 2^32 and quote − 1 pack to the same record: a fee in another asset.
		circuittest.Breaks("range", "a base that runs into the quote", cheat(func(c *collect.Circuit) {
			c.Base, c.Quote = uint64(1+1<<32), 1
		})),
		circuittest.Breaks("market", "another market table", public(func(c *collect.Circuit) { c.Markets = other })),
		circuittest.Breaks("market", "a fee rate that is not the market's", public(func(c *collect.Circuit) {
			markets := c.Markets
			c.FeeBp = 11
			publish(c)
			c.Markets = markets
		})),
		circuittest.Breaks("reference", "another reference table", public(func(c *collect.Circuit) { c.References = other })),
		circuittest.Breaks("reference", "a reference that is not the market's", public(func(c *collect.Circuit) {
			references := c.References
			c.Reference, c.Dev = 105, 0
			publish(c)
			c.References = references
		})),
		circuittest.Breaks("positive", "a price of 0", cheat(func(c *collect.Circuit) { c.Price, c.HalfTicks, c.Dev = 0, 0, 10_000 })),
		circuittest.Breaks("tick", "a price off the grid", cheat(func(c *collect.Circuit) { c.Price, c.HalfTicks, c.Dev = 103, 20, 300 })),
		circuittest.Breaks("tick", "a number of half ticks modulo r", cheat(func(c *collect.Circuit) {
			var third field.Element
			third.Inverse(third.SetUint64(c.Tick.(uint64)))
			c.Price, c.Dev = 103, 300
			c.HalfTicks = circuittest.Product(third, field.FromUint64(206))
		})),
		circuittest.Breaks("deviation", "less than it is", cheat(func(c *collect.Circuit) { c.Dev = 499 })),
		circuittest.Breaks("deviation", "more than it is", cheat(func(c *collect.Circuit) { c.Dev = 501 })),
		circuittest.Breaks("deviation", "saturated though there is a reference", cheat(func(c *collect.Circuit) { c.Dev = 65_535 })),
		circuittest.Breaks("deviation", "zero without a reference", cheat(func(c *collect.Circuit) { c.Reference, c.Dev = 0, 0 })),
		circuittest.Breaks("deviation", "one below saturation without a reference", cheat(func(c *collect.Circuit) { c.Reference, c.Dev = 0, 65_534 })),
		circuittest.Breaks("price-commitment", "another price commitment", public(func(c *collect.Circuit) {
			c.PC = other
			publishFee(c)
		})),
		circuittest.Breaks("fee-note", "a fee note that is not the treasury's", public(func(c *collect.Circuit) { c.FeeNote = other })),
		circuittest.Breaks("fee-note", "a negative fee", cheat(func(c *collect.Circuit) { c.Fee = big.NewInt(-1) })),
		circuittest.Breaks("value-commitment", "a fee that is not the note's", public(func(c *collect.Circuit) { c.FeeValue = gadget.AssignPoint(jubjub.Quote) })),
		circuittest.Breaks("value-commitment", "a blind past 252 bits", cheat(func(c *collect.Circuit) {
			c.Blind = new(big.Int).Lsh(big.NewInt(1), jubjub.OrderBits)
		})),
	})
}
