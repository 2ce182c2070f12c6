package book

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/order"
)

func newOrder(id uint64, owner uint64, expiry uint32) order.Order {
	return order.Order{
		Terms: order.Terms{Market: uint32(id % 3), Base: 1, Quote: 2, LotSize: 1, Qty: 10, Limit: 5, Expiry: expiry},
		Asset: 1, Value: 10, OID: field.FromUint64(owner), C: field.FromUint64(id), S: field.FromUint64(1000 + id),
	}
}

// one returns a book with one order that came to rest in block 10 and expires
// after 50, and the order's nullifier.
func one() (*Book, field.Element) {
	b := New()
	b.Add(newOrder(1, 1, 50), 3, 10)
	return b, b.Entries()[0].Nullifier
}

// TestEligible: each condition, on both sides of its edge.
func TestEligible(t *testing.T) {
	for name, c := range map[string]struct {
		height, rest uint32
		prepare      func(b *Book, nf field.Element)
		want         int
	}{
		"old enough":         {height: 12, rest: 2, want: 1},
		"too young":          {height: 11, rest: 2, want: 0},
		"rest past genesis":  {height: 11, rest: 12, want: 0},
		"last height":        {height: 50, rest: 2, want: 1},
		"expired":            {height: 51, rest: 2, want: 0},
		"locked":             {height: 20, rest: 2, want: 0, prepare: func(b *Book, nf field.Element) { b.Lock(nf, 19) }},
		"reserved":           {height: 20, rest: 2, want: 0, prepare: func(b *Book, nf field.Element) { b.Reserve(nf) }},
		"released":           {height: 20, rest: 2, want: 1, prepare: func(b *Book, nf field.Element) { b.Reserve(nf); b.Release(nf) }},
		"exit window":        {height: 29, rest: 2, want: 0, prepare: func(b *Book, nf field.Element) { b.Lock(nf, 19); b.Bust(19, 30) }},
		"exit window over":   {height: 30, rest: 2, want: 1, prepare: func(b *Book, nf field.Element) { b.Lock(nf, 19); b.Bust(19, 30) }},
		"another lock busts": {height: 40, rest: 2, want: 0, prepare: func(b *Book, nf field.Element) { b.Lock(nf, 19); b.Bust(18, 30) }},
		"spent":              {height: 20, rest: 2, want: 0, prepare: func(b *Book, nf field.Element) { b.Remove(nf) }},
	} {
		b, nf := one()
		if c.prepare != nil {
			c.prepare(b, nf)
		}
		if got := len(b.Eligible(c.height, c.rest)); got != c.want {
			t.Errorf("%s: %d orders, want %d", name, got, c.want)
		}
	}
}

// TestLeaving: an order taken out while locked goes when its lock ends, either
// way; a resting one goes at once.
func TestLeaving(t *testing.T) {
	for name, leave := range map[string]func(b *Book, e Entry){
		"cancel":     func(b *Book, e Entry) { b.Cancel(e.Commitment, e.Order.S) },
		"cancel all": func(b *Book, e Entry) { b.CancelAll(e.Order.OID) },
		"expire":     func(b *Book, e Entry) { b.Expire(50) },
	} {
		for end, finish := range map[string]func(b *Book, e Entry){
			"bust": func(b *Book, e Entry) { b.Bust(20, 30) },
			"settle": func(b *Book, e Entry) {
				remainder := e.Order
				remainder.Terms.Qty = 1
				b.Settle(e.Nullifier, remainder, 9, 22)
			},
		} {
			b, nf := one()
			b.Lock(nf, 20)
			e, _ := b.Find(nf)
			leave(b, e)
			if e, ok := b.Find(nf); !ok || !e.Leaving {
				t.Errorf("%s: a locked order was forgotten", name)
			}
			if finish(b, e); b.Len() != 0 {
				t.Errorf("%s, %s: %d orders are left", name, end, b.Len())
			}
		}
		b, nf := one()
		e, _ := b.Find(nf)
		if leave(b, e); b.Len() != 0 {
			t.Errorf("%s: a resting order stays", name)
		}
	}
}

// TestCancelTakesOnlyItsOwn: another owner's orders, another secret and another
// expiry stay.
func TestCancelTakesOnlyItsOwn(t *testing.T) {
	b, nf := one()
	b.Add(newOrder(2, 2, 60), 6, 10)
	e, _ := b.Find(nf)
	b.Cancel(e.Commitment, field.FromUint64(7))
	b.CancelAll(field.FromUint64(9))
	b.Expire(55)
	b.Bust(0, 99)
	if b.Len() != 2 {
		t.Fatalf("%d orders", b.Len())
	}
	b.CancelAll(field.FromUint64(2))
	if _, ok := b.Find(nf); !ok || b.Len() != 1 {
		t.Fatal("the wrong order left")
	}
}

// TestSettle: the remainder keeps its place in the queue; none rests if
// nothing is left.
func TestSettle(t *testing.T) {
	b, nf := one()
	b.Lock(nf, 20)
	e, _ := b.Find(nf)
	remainder := e.Order
	remainder.Terms.Qty, remainder.S = 4, field.FromUint64(77)
	b.Settle(nf, remainder, 9, 22)
	got := b.Entries()
	if len(got) != 1 || got[0].Arrival != 10 || got[0].Since != 22 || got[0].Position != 9 || got[0].Lock != 0 {
		t.Fatalf("%+v", got)
	}
	remainder.Terms.Qty = 0
	b.Settle(got[0].Nullifier, remainder, 12, 24)
	b.Settle(nf, remainder, 12, 24) // an order that is not in the book
	if b.Len() != 0 {
		t.Fatalf("%d orders", b.Len())
	}
}

// TestReadWrite: a book survives its encoding whatever the sequence in which
// it was filled.
func TestReadWrite(t *testing.T) {
	forward, backward := New(), New()
	for i := range uint64(20) {
		forward.Add(newOrder(i, i%4, 50), 3*i, 10)
		j := 19 - i
		backward.Add(newOrder(j, j%4, 50), 3*j, 10)
	}
	for _, b := range []*Book{forward, backward} {
		nf := b.Entries()[7].Nullifier
		b.Lock(nf, 12)
		b.CancelAll(b.Entries()[7].Order.OID)
		b.Reserve(b.Entries()[3].Nullifier)
	}
	encode := func(b *Book) []byte {
		w := encoding.NewWriter(0)
		b.Write(w)
		return w.Bytes()
	}
	bytes := encode(forward)
	if diff := cmp.Diff(bytes, encode(backward)); diff != "" {
		t.Fatal(diff)
	}
	r := encoding.NewReader(bytes)
	read := Read(r)
	if err := r.Done(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(forward.Entries(), read.Entries(), cmpopts.EquateComparable(field.Element{}), cmp.AllowUnexported(Entry{})); diff != "" {
		t.Fatal(diff)
	}
	read.Bust(12, 20)
	if want := forward.Len() - 1; read.Len() != want {
		t.Fatalf("%d orders, want %d: the indexes were not rebuilt", read.Len(), want)
	}
}

// TestByMarket: runs ascend by market and keep the sequence inside.
func TestByMarket(t *testing.T) {
	b := New()
	for i := range uint64(9) {
		b.Add(newOrder(i, 1, 50), 3*i, 10)
	}
	runs := ByMarket(b.Entries())
	if len(runs) != 3 {
		t.Fatalf("%d runs", len(runs))
	}
	for m, run := range runs {
		for i, e := range run {
			if e.Order.Terms.Market != uint32(m) || i > 0 && cmp.Equal(run[i-1].Key(), e.Key()) {
				t.Fatalf("run %d holds an order of market %d", m, e.Order.Terms.Market)
			}
		}
		if len(run) != 3 {
			t.Fatalf("run %d has %d orders", m, len(run))
		}
	}
}
