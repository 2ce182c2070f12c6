package soundness_test

import (
	"math"
	"math/big"
	"testing"

	"github.com/consensys/gnark/frontend"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/circuit/action"
	"github.com/nightjar/nightjar/circuit/circuittest"
	"github.com/nightjar/nightjar/circuit/collect"
	"github.com/nightjar/nightjar/circuit/fill"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/jubjub"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/order"
)

// boundary is an assignment next to a bound, and on which side it is.
type boundary struct {
	name  string
	taken bool
	of    frontend.Circuit
}

// TestBoundaries: on each side of every bound, circuit, statement and native
// rules say the same, and it is what the specification says.
func TestBoundaries(t *testing.T) {
	for _, c := range []struct {
		circuit
		boundaries []boundary
	}{
		{actionCircuit, actionBoundaries()},
		{fillCircuit, fillBoundaries()},
		{collectCircuit, collectBoundaries()},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := c.compile(t)
			for _, b := range c.boundaries {
				c.publish(b.of)
				v, err := m.judge(b.of)
				if err != nil {
					t.Errorf("%s: %v", b.name, err)
				}
				if v.circuit != b.taken {
					t.Errorf("%s: taken %v, want %v", b.name, v.circuit, b.taken)
				}
			}
		})
	}
}

// twoTo returns 2^n + plus.
func twoTo(n uint, plus int64) *big.Int {
	return new(big.Int).Add(new(big.Int).Lsh(big.NewInt(1), n), big.NewInt(plus))
}

// fillOf returns a fill of 6 of 10 lots in which no term is at its bound.
func fillOf(side order.Side, change func(t *order.Terms, x *order.Execution, lots *uint64)) frontend.Circuit {
	w := rapid.Custom(circuittest.Fill).Example(1)
	w.Order.Terms = order.Terms{
		Market: 3, Base: 1, Quote: 2, LotSize: 1000, Side: side,
		Limit: 100, Qty: 10, MinFill: 4, Expiry: 500, Band: 50, MaxFee: 30,
	}
	w.Execution = order.Execution{Height: 400, Price: 110, Dev: 20, FeeBp: 10}
	if side == order.Buy {
		w.Execution.Price = 90
	}
	w.Lots = 6
	change(&w.Order.Terms, &w.Execution, &w.Lots)
	w.Order.Asset = w.Order.Terms.FundingAsset()
	return w.Assign(order.Fill{Lots: w.Lots})
}

func fillBoundaries() (all []boundary) {
	const buy, sell = order.Buy, order.Sell
	add := func(name string, taken bool, side order.Side, change func(t *order.Terms, x *order.Execution, lots *uint64)) {
		all = append(all, boundary{name, taken, fillOf(side, change)})
	}
	price := func(p uint64) func(*order.Terms, *order.Execution, *uint64) {
		return func(_ *order.Terms, x *order.Execution, _ *uint64) { x.Price = p }
	}
	add("buy, P = limit − 1", true, buy, price(99))
	add("buy, P = limit", true, buy, price(100))
	add("buy, P = limit + 1", false, buy, price(101))
	add("sell, P = limit + 1", true, sell, price(101))
	add("sell, P = limit", true, sell, price(100))
	add("sell, P = limit − 1", false, sell, price(99))
	add("buy, P = 0", true, buy, price(0)) // P ≥ 1 is Collect's to demand
	add("sell, P past 64 bits in notional", false, sell, price(1<<62))
	for _, side := range []order.Side{buy, sell} {
		lots := func(name string, taken bool, n uint64) {
			add(side.String()+", "+name, taken, side, func(_ *order.Terms, _ *order.Execution, lots *uint64) { *lots = n })
		}
		lots("fill = min", true, 4)
		lots("fill = min − 1", false, 3)
		lots("fill = qty − 1", true, 9)
		lots("fill = qty", true, 10)
		lots("fill = qty + 1", false, 11)
		lots("fill = 0 of 10", false, 0)
		lots("fill = 2^64 − 1", false, math.MaxUint64)
		add(side.String()+", fill = qty under min", true, side, func(t *order.Terms, _ *order.Execution, lots *uint64) { t.Qty, *lots = 3, 3 })
		at := func(name string, taken bool, change func(t *order.Terms, x *order.Execution)) {
			add(side.String()+", "+name, taken, side, func(t *order.Terms, x *order.Execution, _ *uint64) { change(t, x) })
		}
		at("a = expiry", true, func(_ *order.Terms, x *order.Execution) { x.Height = 500 })
		at("a = expiry + 1", false, func(_ *order.Terms, x *order.Execution) { x.Height = 501 })
		at("a = expiry = 2^32 − 1", true, func(t *order.Terms, x *order.Execution) { t.Expiry, x.Height = math.MaxUint32, math.MaxUint32 })
		at("a = 2^32 − 1, expiry = 0", false, func(t *order.Terms, x *order.Execution) { t.Expiry, x.Height = 0, math.MaxUint32 })
		at("dev = band", true, func(_ *order.Terms, x *order.Execution) { x.Dev = 50 })
		at("dev = band + 1", false, func(_ *order.Terms, x *order.Execution) { x.Dev = 51 })
		at("dev saturated, band 65535", true, func(t *order.Terms, x *order.Execution) { t.Band, x.Dev = order.NoBand, order.NoBand })
		at("dev saturated, band 65534", false, func(t *order.Terms, x *order.Execution) { t.Band, x.Dev = order.NoBand-1, order.NoBand })
		at("dev 0, band 0", true, func(t *order.Terms, x *order.Execution) { t.Band, x.Dev = 0, 0 })
		at("feeBp = max fee", true, func(_ *order.Terms, x *order.Execution) { x.FeeBp = 30 })
		at("feeBp = max fee + 1", false, func(_ *order.Terms, x *order.Execution) { x.FeeBp = 31 })
		at("feeBp = max fee = 0", true, func(t *order.Terms, x *order.Execution) { t.MaxFee, x.FeeBp = 0, 0 })
		at("feeBp = max fee = 10000", true, func(t *order.Terms, x *order.Execution) { t.MaxFee, x.FeeBp = 10_000, 10_000 })
		// At 200 % a seller would have to pay; a buyer can. No market has such a
		// rate, nor the two that follow: the ledger refuses to list them.
		at("feeBp = max fee = 20000", side == buy, func(t *order.Terms, x *order.Execution) { t.MaxFee, x.FeeBp = 20_000, 20_000 })
		at("lot size 0", true, func(t *order.Terms, _ *order.Execution) { t.LotSize = 0 })
		at("base = quote", true, func(t *order.Terms, _ *order.Execution) { t.Quote = t.Base })
	}
	// Value = qty·unit around 2^64.
	add("sell, value = 2^64 − 2^32", true, sell, func(t *order.Terms, _ *order.Execution, lots *uint64) {
		t.Qty, t.LotSize, *lots = 1<<32-1, 1<<32, 5
	})
	add("sell, value = 2^64", false, sell, func(t *order.Terms, _ *order.Execution, lots *uint64) {
		t.Qty, t.LotSize, *lots = 1<<32, 1<<32, 5
	})
	add("sell, value = 2^64 − 1", true, sell, func(t *order.Terms, x *order.Execution, lots *uint64) {
		t.Qty, t.LotSize, *lots, x.Price = 1, math.MaxUint64, 1, math.MaxUint64
	})
	add("buy, unit = 2^64 − 1", true, buy, func(t *order.Terms, x *order.Execution, lots *uint64) {
		t.Qty, *lots, t.Limit, t.MaxFee, x.FeeBp, x.Price = 1, 1, math.MaxUint64, 0, 0, math.MaxUint64
	})
	add("buy, unit = 2^64", false, buy, func(t *order.Terms, x *order.Execution, lots *uint64) {
		t.Qty, *lots, t.Limit, t.MaxFee, x.FeeBp, x.Price = 1, 1, math.MaxUint64, 1, 0, 1
	})

	// What no product type can hold: widths, and what is the same modulo them.
	wide := func(name string, change func(c *fill.Circuit)) {
		c := fillOf(buy, func(*order.Terms, *order.Execution, *uint64) {}).(*fill.Circuit)
		change(c)
		all = append(all, boundary{name, false, c})
	}
	wide("market 2^32", func(c *fill.Circuit) { c.Market = twoTo(32, 0) })
	wide("band + 2^16, max fee − 1", func(c *fill.Circuit) { c.Band, c.MaxFee = 50+1<<16, 29 })
	wide("dev − 2^16, feeBp + 1", func(c *fill.Circuit) { c.Dev, c.FeeBp = 20-1<<16, 11 })
	wide("height + 2^32", func(c *fill.Circuit) { c.Height = twoTo(32, 400) })
	wide("lots 2^64", func(c *fill.Circuit) { c.Lots, c.Qty = twoTo(64, 0), twoTo(64, 0) })
	wide("limit 2^64", func(c *fill.Circuit) { c.Limit = twoTo(64, 0) })
	wide("side 2", func(c *fill.Circuit) { c.Side = 2 })
	wide("side −1", func(c *fill.Circuit) { c.Side = -1 })
	wide("lots −1", func(c *fill.Circuit) { c.Lots = -1 })
	wide("digit 2", func(c *fill.Circuit) { c.Digits[0] = 2 })
	wide("digit −2", func(c *fill.Circuit) { c.Digits[22] = -2 })
	wide("blind 2^252", func(c *fill.Circuit) { c.Blind = twoTo(jubjub.OrderBits, 0) })
	all = append(all, boundary{"blind 2^252 − 1", true, func() frontend.Circuit {
		c := fillOf(buy, func(*order.Terms, *order.Execution, *uint64) {}).(*fill.Circuit)
		c.Blind = twoTo(jubjub.OrderBits, -1)
		return c
	}()})
	return all
}

// actionOf returns a transfer of 70 + 30 of asset 5 that pays 3 of 10 of FEE 7.
func actionOf(change func(w *action.Witness)) *action.Circuit {
	w := rapid.Custom(circuittest.Action).Example(1)
	w.Fee, w.FeeAsset, w.FeeInAsset, w.Out, w.OutAsset = 3, 7, false, 0, 0
	w.Inputs[0].Order, w.Outputs[0].Order = nil, nil
	for i, value := range []uint64{70, 30, 10} {
		w.Inputs[i].Asset, w.Inputs[i].Value, w.Inputs[i].Dummy = 5, value, false
	}
	for j, value := range []uint64{60, 40, 7} {
		w.Outputs[j].Asset, w.Outputs[j].Value = 5, value
	}
	w.Inputs[2].Asset, w.Outputs[2].Asset = 7, 7
	change(w)
	return w.Assign()
}

func actionBoundaries() (all []boundary) {
	add := func(name string, taken bool, change func(w *action.Witness)) {
		all = append(all, boundary{name, taken, actionOf(change)})
	}
	wide := func(name string, taken bool, change func(c *action.Circuit)) {
		c := actionOf(func(*action.Witness) {})
		change(c)
		all = append(all, boundary{name, taken, c})
	}
	values := func(w *action.Witness, in0, in1, out0, out1 uint64) {
		w.Inputs[0].Value, w.Inputs[1].Value, w.Outputs[0].Value, w.Outputs[1].Value = in0, in1, out0, out1
	}
	add("a transfer", true, func(*action.Witness) {})
	add("one more out", false, func(w *action.Witness) { w.Outputs[0].Value++ })
	add("one less out", false, func(w *action.Witness) { w.Outputs[0].Value-- })
	add("fee + 1", false, func(w *action.Witness) { w.Fee++ })
	add("fee − 1", false, func(w *action.Witness) { w.Fee-- })
	add("no fee", true, func(w *action.Witness) { w.Fee, w.Outputs[2].Value = 0, 10 })
	add("values 0 and 1", true, func(w *action.Witness) { values(w, 1, 0, 0, 1) })
	add("values 2^32", true, func(w *action.Witness) { values(w, 1<<32, 0, 1<<32-1, 1) })
	add("values 2^64 − 1", true, func(w *action.Witness) {
		values(w, math.MaxUint64, math.MaxUint64, math.MaxUint64, math.MaxUint64)
	})
	add("sums equal modulo 2^64 only", false, func(w *action.Witness) { values(w, 1<<63, 1<<63, 0, 0) })
	add("a dummy of value 0", true, func(w *action.Witness) { values(w, 100, 0, 60, 40); w.Inputs[1].Dummy = true })
	add("a dummy of value 1", false, func(w *action.Witness) { values(w, 99, 1, 60, 40); w.Inputs[1].Dummy = true })
	withdraw := func(w *action.Witness, amount uint64, asset uint32) {
		w.FeeInAsset, w.Out, w.OutAsset = true, amount, asset
		w.Outputs[0].Value, w.Outputs[2].Value = 57-amount, 10
	}
	add("withdraw 1", true, func(w *action.Witness) { withdraw(w, 1, 5) })
	add("withdraw all", true, func(w *action.Witness) { withdraw(w, 57, 5) })
	add("withdraw 2^64 − 1", true, func(w *action.Witness) {
		values(w, math.MaxUint64, 3, 0, 0)
		w.FeeInAsset, w.Out, w.OutAsset, w.Outputs[2].Value = true, math.MaxUint64, 5, 10
	})
	wide("value 2^64", false, func(c *action.Circuit) { c.Inputs[0].Value, c.Outputs[0].Value = twoTo(64, 0), twoTo(64, -10) })
	wide("value −1", false, func(c *action.Circuit) { c.Outputs[0].Value, c.Outputs[1].Value = -1, 101 })
	wide("asset 2^32 − 1", true, func(c *action.Circuit) { c.Asset = twoTo(32, -1) })
	wide("asset 2^32", false, func(c *action.Circuit) { c.Asset = twoTo(32, 0) })
	wide("fee −5", false, func(c *action.Circuit) { c.Fee, c.Outputs[2].Value = -5, 15 })
	wide("fee 2^64", false, func(c *action.Circuit) { c.Fee, c.Inputs[2].Value = twoTo(64, 0), twoTo(64, 7) })
	wide("withdraw a third asset", false, func(c *action.Circuit) {
		c.FeeInAsset, c.Out, c.OutAsset, c.Outputs[0].Value, c.Outputs[2].Value = 1, 20, 9, 37, 10
	})
	wide("withdraw A", true, func(c *action.Circuit) {
		c.FeeInAsset, c.Out, c.OutAsset, c.Outputs[0].Value, c.Outputs[2].Value = 1, 20, 5, 37, 10
	})
	wide("out −1", false, func(c *action.Circuit) { c.Out, c.OutAsset, c.Outputs[0].Value = -1, 5, 61 })
	wide("x = 2", false, func(c *action.Circuit) {
		c.FeeInAsset, c.OutAsset, c.Outputs[0].Value, c.Outputs[2].Value = 2, 5, 54, 13
	})
	wide("t = 2", false, func(c *action.Circuit) {
		c.Inputs[1].IsFee, c.Outputs[0].Value, c.Outputs[1].Value, c.Outputs[2].Value = 2, 40, 0, 67
	})
	wide("real = 2", false, func(c *action.Circuit) { c.Inputs[1].Real = 2 })
	wide("input selector 2", false, func(c *action.Circuit) { c.InputOrder.Is = 2 })
	wide("output selector −1", false, func(c *action.Circuit) { c.OutputOrder.Is = -1 })
	wide("both selectors 1", true, func(c *action.Circuit) { c.InputOrder.Is, c.OutputOrder.Is = 1, 1 })
	wide("digit 2", false, func(c *action.Circuit) { c.Inputs[2].Digits[5] = 2 })
	wide("alpha 2^252", false, func(c *action.Circuit) { c.Alpha = twoTo(jubjub.OrderBits, 0) })
	wide("alpha 2^252 − 1", true, func(c *action.Circuit) { c.Alpha = twoTo(jubjub.OrderBits, -1) })
	return all
}

// collectOf returns a group at price 105, reference 100, tick 10: dev 500.
func collectOf(price, reference, tick uint64) *collect.Circuit {
	w := rapid.Custom(circuittest.Collect).Example(1)
	w.Market = market.Record{ID: 5, Base: 1, Quote: 2, LotSize: 1000, Tick: tick, FeeBp: 10, MinQty: 1}
	w.MarketPath.Index, w.ReferencePath.Index = 5, 5
	w.Price, w.Reference, w.Height, w.Fee = price, reference, 400, 17
	return w.Assign()
}

func collectBoundaries() (all []boundary) {
	at := func(name string, taken bool, price, reference, tick uint64) {
		all = append(all, boundary{name, taken, collectOf(price, reference, tick)})
	}
	at("P on a half tick", true, 105, 100, 10)
	at("P on a whole tick", true, 110, 100, 10)
	at("P off the grid", false, 103, 100, 10)
	at("P = 0", false, 0, 100, 10)
	at("P = 1", true, 1, 100, 2)
	at("P = 2^64 − 1", true, math.MaxUint64, math.MaxUint64, 2)
	at("tick 1", true, 7, 100, 1)
	at("tick 0", false, 7, 100, 0)
	at("tick 2P", true, 7, 100, 14)
	at("tick 2P + 1", false, 7, 100, 15)
	at("no reference", true, 105, 0, 10)
	at("far above", true, math.MaxUint64, 1, 2)
	at("far below", true, 1, math.MaxUint64, 2)
	change := func(name string, taken bool, c *collect.Circuit, change func(c *collect.Circuit)) {
		change(c)
		all = append(all, boundary{name, taken, c})
	}
	// dev is 65534, 65535 and more at these prices over a reference of 10^4.
	for price, right := range map[uint64]int{75_534: 65_534, 75_535: 65_535, 75_536: 65_535, 9_999: 1, 10_000: 0, 10_001: 1} {
		for _, dev := range []int{0, 1, 2, 65_533, 65_534, 65_535, 65_536, -1} {
			change("dev around saturation", dev == right, collectOf(price, 10_000, 2), func(c *collect.Circuit) { c.Dev = dev })
		}
	}
	change("dev 65534 without a reference", false, collectOf(105, 0, 10), func(c *collect.Circuit) { c.Dev = 65_534 })
	change("half ticks modulo r", false, collectOf(103, 100, 10), func(c *collect.Circuit) {
		tenth := field.FromUint64(10)
		tenth.Inverse(&tenth)
		c.HalfTicks = circuittest.Product(tenth, field.FromUint64(206))
	})
	change("half ticks + 1", false, collectOf(105, 100, 10), func(c *collect.Circuit) { c.HalfTicks = 22 })
	change("fee 2^64 − 1", true, collectOf(105, 100, 10), func(c *collect.Circuit) { c.Fee = uint64(math.MaxUint64) })
	change("fee 2^64", false, collectOf(105, 100, 10), func(c *collect.Circuit) { c.Fee = twoTo(64, 0) })
	change("fee −1", false, collectOf(105, 100, 10), func(c *collect.Circuit) { c.Fee = -1 })
	change("feeBp 2^16", false, collectOf(105, 100, 10), func(c *collect.Circuit) { c.FeeBp = 1 << 16 })
	change("base + 2^32, quote − 1", false, collectOf(105, 100, 10), func(c *collect.Circuit) { c.Base, c.Quote = 1+1<<32, 1 })
	change("digit 2", false, collectOf(105, 100, 10), func(c *collect.Circuit) { c.Digits[5] = 2 })
	change("last market", true, collectOf(105, 100, 10), func(c *collect.Circuit) {
		for i := range c.Digits {
			c.Digits[i] = 1
		}
	})
	change("blind 2^252", false, collectOf(105, 100, 10), func(c *collect.Circuit) {
		c.Blind = twoTo(jubjub.OrderBits, 0)
	})
	return all
}
