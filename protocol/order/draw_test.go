package order

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/rejection"
)

func refused(t interface {
	Helper()
	Fatalf(string, ...any)
}, err error, code rejection.Code) {
	t.Helper()
	if !errors.Is(err, code) {
		t.Fatalf("got %v, want %s", err, code.Name())
	}
}

// drawElement draws a field element.
func drawElement(t *rapid.T, label string) field.Element {
	var e field.Element
	e.SetBytes(rapid.SliceOfN(rapid.Byte(), 40, 40).Draw(t, label))
	return e
}

// drawTerms draws valid terms over the whole range of every field: rapid's
// integers favour 0, 1, powers of two and the ends.
func drawTerms(t *rapid.T) Terms {
	terms := Terms{
		Market: rapid.Uint32().Draw(t, "market"),
		Base:   rapid.Uint32().Draw(t, "base"),
		Quote:  rapid.Uint32().Draw(t, "quote"),
		Side:   Side(rapid.IntRange(0, 1).Draw(t, "side")),
		Expiry: rapid.Uint32().Draw(t, "expiry"),
		Band:   rapid.Uint16().Draw(t, "band"),
		MaxFee: rapid.Uint16Range(0, 10_000).Draw(t, "maxFee"),
	}
	if terms.Base == terms.Quote {
		terms.Quote ^= 1
	}
	terms.Limit = rapid.Uint64Range(1, math.MaxUint64/2).Draw(t, "limit")
	largest := max(terms.Limit, 1)
	if terms.Side == Buy {
		unit, err := terms.Unit()
		if err != nil {
			t.Fatal(err) // limit ≤ 2^63 and a fee of at most 100 % always fit
		}
		largest = unit
	}
	terms.Qty = rapid.Uint64Range(1, math.MaxUint64/largest).Draw(t, "qty")
	terms.LotSize = rapid.Uint64Range(1, math.MaxUint64/terms.Qty).Draw(t, "lotSize")
	terms.MinFill = rapid.Uint64Range(0, terms.Qty).Draw(t, "minFill")
	if err := terms.Validate(); err != nil {
		t.Fatal(err)
	}
	return terms
}

// drawOrder draws a fillable order.
func drawOrder(t *rapid.T) Order {
	terms := drawTerms(t)
	value, err := terms.Funding()
	if err != nil {
		t.Fatal(err)
	}
	return Order{
		Terms: terms, Asset: terms.FundingAsset(), Value: value,
		OID: drawElement(t, "oid"), C: drawElement(t, "C"), S: drawElement(t, "s"),
	}
}

// drawExecution draws an execution that the order accepts and whose notional
// fits.
func drawExecution(t *rapid.T, o Order) Execution {
	x := Execution{
		Height: rapid.Uint32Range(0, o.Terms.Expiry).Draw(t, "height"),
		Dev:    rapid.Uint16Range(0, o.Terms.Band).Draw(t, "dev"),
		FeeBp:  rapid.Uint16Range(0, o.Terms.MaxFee).Draw(t, "feeBp"),
	}
	if o.Terms.Side == Buy {
		x.Price = rapid.Uint64Range(0, o.Terms.Limit).Draw(t, "price")
	} else {
		x.Price = rapid.Uint64Range(o.Terms.Limit, math.MaxUint64/o.Terms.Qty).Draw(t, "price")
	}
	return x
}

// drawLots draws a fill that the order accepts.
func drawLots(t *rapid.T, terms Terms) uint64 {
	if rapid.Bool().Draw(t, "whole") {
		return terms.Qty
	}
	return rapid.Uint64Range(min(max(terms.MinFill, 1), terms.Qty), terms.Qty).Draw(t, "lots")
}

// plain returns an order of round numbers for tables: 10 lots at 1000 with a
// fee of at most 20 bp, band 50, good to height 100.
func plain(side Side) Order {
	terms := Terms{
		Market: 3, Base: 7, Quote: 9, LotSize: 1_000, Side: side,
		Limit: 1_000, Qty: 10, MinFill: 4, Expiry: 100, Band: 50, MaxFee: 20,
	}
	return funded(terms)
}

func funded(terms Terms) Order {
	value, err := terms.Funding()
	if err != nil {
		panic(err)
	}
	return Order{
		Terms: terms, Asset: terms.FundingAsset(), Value: value,
		OID: field.FromUint64(11), C: field.FromUint64(12), S: field.FromUint64(13),
	}
}

// accepted is an execution that plain takes from either side.
var accepted = Execution{Height: 50, Price: 1_000, Dev: 10, FeeBp: 10}

func mustApply(t *testing.T, o Order, position, lots uint64, x Execution) Fill {
	t.Helper()
	f, err := o.Apply(position, lots, x)
	if err != nil {
		t.Fatal(err)
	}
	return f
}
