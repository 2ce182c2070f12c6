package order

import (
	"math/big"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/field"
)

func n(v uint64) *big.Int { return new(big.Int).SetUint64(v) }

func sum(values ...uint64) *big.Int {
	total := new(big.Int)
	for _, v := range values {
		total.Add(total, n(v))
	}
	return total
}

// checkFill compares a fill with the rules written over the integers.
func checkFill(t *rapid.T, o Order, lots uint64, x Execution, f Fill) {
	equal := func(what string, got, want *big.Int) {
		t.Helper()
		if got.Cmp(want) != 0 {
			t.Fatalf("%s: %v, want %v", what, got, want)
		}
	}
	notional := new(big.Int).Mul(n(lots), n(x.Price))
	fee := new(big.Int).Mul(notional, n(uint64(x.FeeBp)))
	fee.Quo(fee, n(10_000))
	base := new(big.Int).Mul(n(lots), n(o.Terms.LotSize))
	equal("fee", n(f.Fee), fee)
	equal("base leg", n(f.BaseLeg), base)
	paid, got := base, new(big.Int).Sub(notional, fee)
	if o.Terms.Side == Buy {
		paid, got = new(big.Int).Add(notional, fee), base
		equal("quote leg", n(f.QuoteLeg), paid)
	} else {
		equal("quote leg", n(f.QuoteLeg), got)
	}
	equal("proceeds", n(f.Proceeds.Value), got)

	// Conservation: what was in the order is paid, refunded or left.
	left := sum(f.Refund.Value, f.Remainder.Value)
	equal("conservation", left.Add(left, paid), n(o.Value))
	// The covenant's own invariant, so that the remainder is fillable again.
	if funding, err := f.Remainder.Terms.Funding(); err != nil || funding != f.Remainder.Value {
		t.Fatalf("remainder holds %d, its terms need %d (%v)", f.Remainder.Value, funding, err)
	}

	same := f.Remainder
	same.Terms.Qty, same.Value, same.S = o.Terms.Qty, o.Value, o.S
	if same != o || f.Remainder.Terms.Qty != o.Terms.Qty-lots || f.Remainder.S != f.Next {
		t.Fatal("the remainder changed more than quantity, value and secret")
	}
	if f.Proceeds.Asset != o.Terms.ProceedsAsset() || f.Refund.Asset != o.Terms.FundingAsset() ||
		f.Proceeds.C != o.C || f.Refund.C != o.C {
		t.Fatal("asset or owner of an output")
	}
	if f.Proceeds.Rho == f.Refund.Rho {
		t.Fatal("two outputs share a rho")
	}
}

// TestConservation: every fill that the terms allow conserves value and keeps
// the funding invariant.
func TestConservation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := drawOrder(t)
		x, lots := drawExecution(t, o), drawLots(t, o.Terms)
		position := rapid.Uint64().Draw(t, "position")
		f, err := o.Apply(position, lots, x)
		if err != nil {
			t.Fatalf("%+v by %d under %+v: %v", o.Terms, lots, x, err)
		}
		checkFill(t, o, lots, x, f)
	})
}

// TestTwoSides: what two crossing orders of one market put in, they and the
// fee take out, per asset.
func TestTwoSides(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		buy := drawOrder(t)
		if buy.Terms.Side == Sell {
			buy.Terms.Side = Buy
			buy.Terms.MaxFee = 0
			buy = funded(buy.Terms) // limit × qty fits: drawn so
		}
		x := drawExecution(t, buy)
		sell := buy.Terms
		sell.Side, sell.Limit = Sell, rapid.Uint64Range(0, x.Price).Draw(t, "ask")
		lots := drawLots(t, buy.Terms)
		b, err := buy.Apply(1, lots, x)
		if err != nil {
			t.Fatal(err)
		}
		s, err := funded(sell).Apply(2, lots, x)
		if err != nil {
			t.Fatal(err)
		}
		if b.BaseLeg != s.BaseLeg {
			t.Fatal("base does not balance")
		}
		if n(b.QuoteLeg).Cmp(sum(s.QuoteLeg, b.Fee, s.Fee)) != 0 {
			t.Fatal("quote does not balance")
		}
	})
}

// TestChain fills an order part by part under changing prices: every part is
// provable, the owner opens every report, and the order ends empty.
func TestChain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := drawOrder(t)
		secrets := map[field.Element]bool{o.S: true}
		position := rapid.Uint64Range(0, 1<<37).Draw(t, "position")
		for part := 0; o.Terms.Qty > 0; part++ {
			lots := drawLots(t, o.Terms)
			if part > 20 {
				lots = o.Terms.Qty
			}
			x := drawExecution(t, o)
			f, err := o.Apply(position, lots, x)
			if err != nil {
				t.Fatalf("part %d: %v", part, err)
			}
			checkFill(t, o, lots, x, f)

			gotLots, price, feeBp, ok := OpenReport(o.S, f.Nullifier, f.Report, x.Height)
			if !ok || gotLots != lots || price != x.Price || feeBp != x.FeeBp {
				t.Fatal("the owner cannot open the report")
			}
			again, err := o.Reopen(position, gotLots, price, feeBp, x.Height)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(f, again); diff != "" {
				t.Fatal(diff)
			}
			if secrets[f.Next] {
				t.Fatal("a secret came back")
			}
			secrets[f.Next] = true
			o, position = f.Remainder, position+5
		}
		if o.Value != 0 {
			t.Fatalf("%d units are left in a filled order", o.Value)
		}
	})
}

// TestReportNeedsTheSecret: another secret, nullifier or height opens nothing.
func TestReportNeedsTheSecret(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := drawOrder(t)
		x := drawExecution(t, o)
		f, err := o.Apply(1, drawLots(t, o.Terms), x)
		if err != nil {
			t.Fatal(err)
		}
		other := drawElement(t, "other")
		if other != o.S {
			if _, _, _, ok := OpenReport(other, f.Nullifier, f.Report, x.Height); ok {
				t.Fatal("opened with another secret")
			}
		}
		if other != f.Nullifier {
			if _, _, _, ok := OpenReport(o.S, other, f.Report, x.Height); ok {
				t.Fatal("opened with another nullifier")
			}
		}
		if _, _, _, ok := OpenReport(o.S, f.Nullifier, f.Report, x.Height^1); ok {
			t.Fatal("opened with another height")
		}
	})
}

// TestPadding: an empty order fills with nothing, whatever the group's price.
func TestPadding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := drawOrder(t)
		o.Terms.Qty, o.Value = 0, 0
		x := Execution{
			Height: rapid.Uint32().Draw(t, "height"),
			Price:  rapid.Uint64().Draw(t, "price"),
			FeeBp:  rapid.Uint16().Draw(t, "feeBp"),
		}
		f, err := o.Pad(1, x)
		if err != nil {
			t.Fatal(err)
		}
		checkFill(t, o, 0, x, f)
		lots, price, feeBp, ok := OpenReport(o.S, f.Nullifier, f.Report, x.Height)
		if !ok || lots != 0 || price != x.Price || feeBp != x.FeeBp {
			t.Fatal("a padding report is not of the common form")
		}
	})
}

// TestOpeningRoundTrip: one value, one encoding.
func TestOpeningRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := drawOrder(t)
		w := encoding.NewWriter(OpeningSize)
		WriteOpening(w, o)
		b := w.Bytes()
		if len(b) != OpeningSize {
			t.Fatalf("%d bytes, want %d", len(b), OpeningSize)
		}
		r := encoding.NewReader(b)
		if got := ReadOpening(r); r.Done() != nil || got != o {
			t.Fatal("round trip")
		}
	})
}
