package collect_test

import (
	"math/big"
	"testing"

	"github.com/consensys/gnark/frontend"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/circuit/circuittest"
	"github.com/nightjar/nightjar/circuit/collect"
	"github.com/nightjar/nightjar/circuit/gadget"
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
func publish(c *collect.Circuit) { circuittest.StateCollect(c).Publish() }

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
			circuittest.StateCollect(c).PublishGroup("fee-note")
		})),
		circuittest.Breaks("fee-note", "a fee note that is not the treasury's", public(func(c *collect.Circuit) { c.FeeNote = other })),
		circuittest.Breaks("fee-note", "a negative fee", cheat(func(c *collect.Circuit) { c.Fee = big.NewInt(-1) })),
		circuittest.Breaks("value-commitment", "a fee that is not the note's", public(func(c *collect.Circuit) { c.FeeValue = gadget.AssignPoint(jubjub.Quote) })),
		circuittest.Breaks("value-commitment", "a blind past 252 bits", cheat(func(c *collect.Circuit) {
			c.Blind = new(big.Int).Lsh(big.NewInt(1), jubjub.OrderBits)
		})),
	})
}
