package fill_test

import (
	"testing"

	"github.com/consensys/gnark/frontend"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/circuit/circuittest"
	"github.com/nightjar/nightjar/circuit/fill"
	"github.com/nightjar/nightjar/circuit/gadget"
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
// arithmetic, without any bounds.
func publish(c *fill.Circuit) { circuittest.StateFill(c).Publish() }

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
