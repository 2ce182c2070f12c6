package order

import (
	"fmt"
	"math"
	"testing"

	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/note"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// TestEveryTermRefuses: for each rule of spec/05-fill one fill that breaks it
// alone, and beside it the nearest fill that is accepted.
func TestEveryTermRefuses(t *testing.T) {
	type attempt struct {
		o    Order
		lots uint64
		x    Execution
	}
	on := func(side Side, edit func(*attempt)) attempt {
		a := attempt{plain(side), 5, accepted}
		edit(&a)
		return a
	}
	for _, c := range []struct {
		rule      string
		bad, good attempt
		code      rejection.Code
	}{
		{"fill is positive",
			on(Sell, func(a *attempt) { a.o.Terms.MinFill = 0; a.o = funded(a.o.Terms); a.lots = 0 }),
			on(Sell, func(a *attempt) { a.o.Terms.MinFill = 0; a.o = funded(a.o.Terms); a.lots = 1 }), rejection.BadTerms},
		{"fill ≤ quantity",
			on(Sell, func(a *attempt) { a.lots = 11 }),
			on(Sell, func(a *attempt) { a.lots = 10 }), rejection.BadTerms},
		{"fill ≥ minimum",
			on(Buy, func(a *attempt) { a.lots = 3 }),
			on(Buy, func(a *attempt) { a.lots = 4 }), rejection.BadTerms},
		{"or all that is left",
			on(Buy, func(a *attempt) { a.o.Terms.Qty = 3; a.o = funded(a.o.Terms); a.lots = 2 }),
			on(Buy, func(a *attempt) { a.o.Terms.Qty = 3; a.o = funded(a.o.Terms); a.lots = 3 }), rejection.BadTerms},
		{"buy at most at the limit",
			on(Buy, func(a *attempt) { a.x.Price = 1_001 }),
			on(Buy, func(a *attempt) { a.x.Price = 1_000 }), rejection.BadTerms},
		{"sell at least at the limit",
			on(Sell, func(a *attempt) { a.x.Price = 999 }),
			on(Sell, func(a *attempt) { a.x.Price = 1_000 }), rejection.BadTerms},
		{"not after the expiry",
			on(Buy, func(a *attempt) { a.x.Height = 101 }),
			on(Buy, func(a *attempt) { a.x.Height = 100 }), rejection.BadTerms},
		{"fee within the cap",
			on(Buy, func(a *attempt) { a.x.FeeBp = 21 }),
			on(Buy, func(a *attempt) { a.x.FeeBp = 20 }), rejection.BadTerms},
		{"price within the band",
			on(Sell, func(a *attempt) { a.x.Dev = 51 }),
			on(Sell, func(a *attempt) { a.x.Dev = 50 }), rejection.BadTerms},
		{"band 0 is the reference only",
			on(Sell, func(a *attempt) { a.o.Terms.Band = 0; a.x.Dev = 1 }),
			on(Sell, func(a *attempt) { a.o.Terms.Band = 0; a.x.Dev = 0 }), rejection.BadTerms},
		{"no band takes a saturated distance",
			on(Buy, func(a *attempt) { a.o.Terms.Band = NoBand - 1; a.x.Dev = 65535 }),
			on(Buy, func(a *attempt) { a.o.Terms.Band = NoBand; a.x.Dev = 65535 }), rejection.BadTerms},
		{"not under-funded",
			on(Buy, func(a *attempt) { a.o.Value-- }),
			on(Buy, func(*attempt) {}), rejection.BadTerms},
		{"not over-funded",
			on(Sell, func(a *attempt) { a.o.Value++ }),
			on(Sell, func(*attempt) {}), rejection.BadTerms},
		{"buy funded in quote",
			on(Buy, func(a *attempt) { a.o.Asset = a.o.Terms.Base }),
			on(Buy, func(*attempt) {}), rejection.BadTerms},
		{"sell funded in base",
			on(Sell, func(a *attempt) { a.o.Asset = a.o.Terms.Quote }),
			on(Sell, func(*attempt) {}), rejection.BadTerms},
		{"notional below 2^64",
			on(Sell, func(a *attempt) { a.x.Price = math.MaxUint64/5 + 1 }),
			on(Sell, func(a *attempt) { a.x.Price = math.MaxUint64 / 5 }), rejection.OutOfRange},
		{"fee of a unit below 2^64",
			on(Buy, func(a *attempt) { a.o.Terms.Limit, a.o.Terms.MaxFee = math.MaxUint64, math.MaxUint16 }),
			on(Buy, func(*attempt) {}), rejection.OutOfRange},
		{"unit below 2^64",
			on(Buy, func(a *attempt) { a.o.Terms.Limit = math.MaxUint64 }),
			on(Buy, func(*attempt) {}), rejection.OutOfRange},
		{"funding below 2^64",
			on(Sell, func(a *attempt) { a.o.Terms.LotSize = math.MaxUint64/10 + 1 }),
			on(Sell, func(a *attempt) { a.o.Terms.LotSize = math.MaxUint64 / 10; a.o = funded(a.o.Terms) }), rejection.OutOfRange},
	} {
		t.Run(c.rule, func(t *testing.T) {
			_, err := c.bad.o.Apply(9, c.bad.lots, c.bad.x)
			refused(t, err, c.code)
			mustApply(t, c.good.o, 9, c.good.lots, c.good.x)
		})
	}
}

// TestBoundaries: the ends of the ranges work exactly, without a wrap.
func TestBoundaries(t *testing.T) {
	const top = math.MaxUint64
	for _, c := range []struct {
		name           string
		edit           func(*Terms)
		side           Side
		lots           uint64
		x              Execution
		proceeds, left uint64
		refund, fee    uint64
	}{
		{"one lot of the whole range", func(t *Terms) { t.Qty, t.MinFill, t.LotSize, t.Limit = 1, 0, top, 0 }, Sell, 1,
			Execution{Price: 0}, 0, 0, 0, 0},
		{"2^64−1 lots at price 1", func(t *Terms) { t.Qty, t.MinFill, t.LotSize, t.Limit, t.MaxFee = top, 0, 1, 1, 0 }, Buy, top,
			Execution{Price: 1}, top, 0, 0, 0},
		{"2^64−1 lots, a free fill", func(t *Terms) { t.Qty, t.MinFill, t.LotSize, t.Limit, t.MaxFee = top, 0, 1, 1, 0 }, Buy, 1 << 32,
			Execution{Price: 0}, 1 << 32, top - 1<<32, 1 << 32, 0},
		{"2^32 lots of 2^31 at 2^31", func(t *Terms) { t.Qty, t.MinFill, t.LotSize, t.Limit = 1<<32, 0, 1<<31, 1<<31 }, Sell, 1 << 32,
			Execution{Price: 1 << 31, FeeBp: 20}, 1<<63 - (1<<63)/500, 0, 0, (1 << 63) / 500},
		{"highest price of one lot", func(t *Terms) { t.Qty, t.MinFill, t.LotSize = 1, 0, 1 }, Sell, 1,
			Execution{Price: top}, top, 0, 0, 0},
		{"fee of everything", func(t *Terms) { t.MaxFee = 10_000 }, Sell, 10,
			Execution{Price: 1_000, FeeBp: 10_000}, 0, 0, 0, 10_000},
		{"fee rounds down, unit up", func(t *Terms) { t.Qty, t.MinFill, t.Limit, t.MaxFee = 3, 0, 33, 1 }, Buy, 2,
			Execution{Price: 33, FeeBp: 1}, 2_000, 34, 2, 0},
		{"price improvement is refunded", func(*Terms) {}, Buy, 10,
			Execution{Price: 900, FeeBp: 10}, 10_000, 0, 10*(1_000+2) - 9_000 - 9, 9},
	} {
		t.Run(c.name, func(t *testing.T) {
			terms := plain(c.side).Terms
			c.edit(&terms)
			f := mustApply(t, funded(terms), 0, c.lots, c.x)
			got := [4]uint64{f.Proceeds.Value, f.Remainder.Value, f.Refund.Value, f.Fee}
			if want := [4]uint64{c.proceeds, c.left, c.refund, c.fee}; got != want {
				t.Fatalf("proceeds, left, refund, fee: %d, want %d", got, want)
			}
		})
	}
}

// TestFeeAboveAllIsNoWrap: a fee rate over 100 % would make a seller pay; it
// is refused and not wrapped.
func TestFeeAboveAllIsNoWrap(t *testing.T) {
	terms := plain(Sell).Terms
	terms.MaxFee = 65535
	x := accepted
	x.FeeBp = 10_001
	_, err := funded(terms).Apply(0, 10, x)
	refused(t, err, rejection.OutOfRange)
}

func TestPadRefusesMoney(t *testing.T) {
	o := plain(Sell)
	_, err := o.Pad(0, accepted)
	refused(t, err, rejection.BadTerms)
	o.Terms.Qty = 0
	_, err = o.Pad(0, accepted)
	refused(t, err, rejection.BadTerms)
	o.Terms.Qty, o.Value = 1, 0
	_, err = o.Pad(0, accepted)
	refused(t, err, rejection.BadTerms)
}

func TestReopenRefusesMoreThanThereIs(t *testing.T) {
	_, err := plain(Sell).Reopen(0, 11, 1_000, 0, 1)
	refused(t, err, rejection.BadTerms)
}

func TestValidate(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(*Terms)
		code rejection.Code
	}{
		{"side", func(t *Terms) { t.Side = 2 }, rejection.BadTerms},
		{"one asset", func(t *Terms) { t.Quote = t.Base }, rejection.BadTerms},
		{"lot size", func(t *Terms) { t.LotSize = 0 }, rejection.BadTerms},
		{"quantity", func(t *Terms) { t.Qty, t.MinFill = 0, 0 }, rejection.BadTerms},
		{"limit", func(t *Terms) { t.Limit = 0 }, rejection.BadTerms},
		{"minimum fill", func(t *Terms) { t.MinFill = t.Qty + 1 }, rejection.BadTerms},
		{"maximum fee", func(t *Terms) { t.MaxFee = 10_001 }, rejection.BadTerms},
		{"base amount", func(t *Terms) { t.LotSize = math.MaxUint64/t.Qty + 1 }, rejection.OutOfRange},
		{"quote amount", func(t *Terms) { t.Limit = math.MaxUint64/t.Qty + 1 }, rejection.OutOfRange},
		{"fee on top", func(t *Terms) { t.Limit, t.MaxFee = math.MaxUint64/t.Qty, 10_000 }, rejection.OutOfRange},
	} {
		terms := plain(Buy).Terms
		if err := terms.Validate(); err != nil {
			t.Fatal(err)
		}
		c.edit(&terms)
		t.Run(c.name, func(t *testing.T) { refused(t, terms.Validate(), c.code) })
	}
}

// variants returns terms that differ from plain's in one field each.
func variants() map[string]func(*Terms) {
	return map[string]func(*Terms){
		"market":  func(t *Terms) { t.Market++ },
		"base":    func(t *Terms) { t.Base++ },
		"quote":   func(t *Terms) { t.Quote++ },
		"lotSize": func(t *Terms) { t.LotSize++ },
		"side":    func(t *Terms) { t.Side ^= 1 },
		"limit":   func(t *Terms) { t.Limit++ },
		"qty":     func(t *Terms) { t.Qty++ },
		"minFill": func(t *Terms) { t.MinFill++ },
		"expiry":  func(t *Terms) { t.Expiry++ },
		"band":    func(t *Terms) { t.Band++ },
		"maxFee":  func(t *Terms) { t.MaxFee++ },
	}
}

// TestCommitmentBindsEverything: each field of an order changes the
// commitment, also at the ends of the ranges, where packed words would meet.
func TestCommitmentBindsEverything(t *testing.T) {
	full := Terms{
		Market: math.MaxUint32, Base: math.MaxUint32, Quote: math.MaxUint32, LotSize: math.MaxUint64,
		Side: Buy, Limit: math.MaxUint64, Qty: math.MaxUint64, MinFill: math.MaxUint64,
		Expiry: math.MaxUint32, Band: math.MaxUint16, MaxFee: math.MaxUint16,
	}
	for base, start := range map[string]Terms{"plain": plain(Buy).Terms, "full": full, "zero": {}} {
		seen := map[field.Element]string{start.Hash(): "unchanged"}
		for name, edit := range variants() {
			terms := start
			edit(&terms)
			if other, dup := seen[terms.Hash()]; dup {
				t.Fatalf("%s: %s and %s hash alike", base, name, other)
			}
			seen[terms.Hash()] = name
		}
	}
	o := plain(Buy)
	seen := map[field.Element]string{o.Commitment(): "unchanged"}
	for name, edit := range map[string]func(*Order){
		"terms": func(o *Order) { o.Terms.Qty-- },
		"asset": func(o *Order) { o.Asset++ },
		"value": func(o *Order) { o.Value++ },
		"oid":   func(o *Order) { o.OID = field.FromUint64(99) },
		"C":     func(o *Order) { o.C = field.FromUint64(99) },
		"s":     func(o *Order) { o.S = field.FromUint64(99) },
	} {
		changed := o
		edit(&changed)
		if other, dup := seen[changed.Commitment()]; dup {
			t.Fatalf("%s and %s commit alike", name, other)
		}
		seen[changed.Commitment()] = name
		opaque := CommitOpaque(changed.Terms.Hash(), changed.Asset, changed.Value, changed.OID, changed.C, changed.S)
		if opaque != changed.Commitment() {
			t.Fatalf("%s: CommitOpaque differs", name)
		}
	}
}

// TestNoLeafIsNoteAndOrder: the outer K of a note and of an order differ in
// lane 0 for every asset and value, so that equal leaves would be a collision
// of K. With the tag anywhere else a free witness (terms, s, a payee's C) could
// make one leaf open as both, and a note of one unit spend as an order of any
// value.
func TestNoLeafIsNoteAndOrder(t *testing.T) {
	for _, asset := range []uint32{0, 1, math.MaxUint32} {
		for _, value := range []uint64{0, 1, math.MaxUint64} {
			o := Order{Asset: asset, Value: value, OID: field.FromUint64(1), C: field.FromUint64(2), S: field.FromUint64(3)}
			covenant := field.K(o.Terms.Hash(), o.OID, o.S)
			if o.Commitment() != field.K(note.Money(domain.Order, asset, value), covenant, o.C) {
				t.Fatal("the order's money is not lane 0 of its commitment")
			}
			twin := note.Note{Asset: asset, Value: value, Rho: covenant, C: o.C}
			if twin.Commitment() == o.Commitment() {
				t.Fatal("a note and an order share a leaf")
			}
		}
	}
	// The tag starts where the asset ends: no asset and value reach it.
	if note.Money(domain.Order, 0, 0) == note.Money(domain.Note, math.MaxUint32, math.MaxUint64) {
		t.Fatal("money words overlap")
	}
}

// TestNullifier: it depends on secret, commitment and position, and is not
// the next secret.
func TestNullifier(t *testing.T) {
	s, ocm := field.FromUint64(5), field.FromUint64(6)
	nf, next := Nullify(s, ocm, 7)
	if nf == next {
		t.Fatal("the nullifier publishes the next secret")
	}
	seen := map[field.Element]bool{nf: true, next: true}
	for _, c := range []struct {
		s, ocm   field.Element
		position uint64
	}{{ocm, ocm, 7}, {s, s, 7}, {s, ocm, 8}, {s, ocm, 7 + 1<<32}, {s, ocm, math.MaxUint64}} {
		nf, next := Nullify(c.s, c.ocm, c.position)
		if seen[nf] || seen[next] {
			t.Fatal("collision")
		}
		seen[nf], seen[next] = true, true
	}
}

func TestSideString(t *testing.T) {
	if got := fmt.Sprint(Sell, Buy); got != "sell buy" {
		t.Fatal(got)
	}
}

func BenchmarkApply(b *testing.B) {
	o := plain(Buy)
	for b.Loop() {
		if _, err := o.Apply(1, 5, accepted); err != nil {
			b.Fatal(err)
		}
	}
}
