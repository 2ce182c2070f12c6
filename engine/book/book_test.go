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
	b.Add(newOrder(1, 1, 50), order.Handling{}, 3, 10)
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
	b.Add(newOrder(2, 2, 60), order.Handling{}, 6, 10)
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
		forward.Add(newOrder(i, i%4, 50), handling(i), 3*i, 10)
		j := 19 - i
		backward.Add(newOrder(j, j%4, 50), handling(j), 3*j, 10)
	}
	for _, b := range []*Book{forward, backward} {
		b.Begin(12, 2)
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

// handling is different for each small number.
func handling(i uint64) order.Handling {
	return order.Handling{Peg: order.Mid, Offset: -int32(i), Pool: order.Pool(i % 2), Auctions: uint16(i % 3), Until: 100 * i}
}

// TestByPool: runs ascend by market and kind and keep the sequence inside.
func TestByPool(t *testing.T) {
	b := New()
	for i := range uint64(12) {
		b.Add(newOrder(i, 1, 50), order.Handling{Pool: order.Pool(i / 6)}, 3*i, 10)
	}
	runs := ByPool(b.Entries())
	if len(runs) != 6 {
		t.Fatalf("%d runs", len(runs))
	}
	for n, run := range runs {
		if want := (Pool{uint32(n % 3), order.Pool(n / 3)}); run[0].Pool() != want || len(run) != 2 {
			t.Fatalf("run %d has %d orders of %v", n, len(run), run[0].Pool())
		}
		if run[1].Pool() != run[0].Pool() || run[0].key[0] > run[1].key[0] {
			t.Fatalf("run %d is not one pool's, ascending", n)
		}
	}
}

// TestCounted: an order that is good for two auctions is eligible in the two
// intervals that begin after it may be matched, and in nothing else.
func TestCounted(t *testing.T) {
	b := New()
	b.Add(newOrder(1, 1, 50), order.Handling{Auctions: 2}, 3, 10)
	var eligible []uint32
	for h := uint32(11); h <= 30; h++ {
		if h%5 == 0 {
			b.Begin(h, 2)
		}
		if len(b.Eligible(h, 2)) == 1 {
			eligible = append(eligible, h)
		}
	}
	if diff := cmp.Diff([]uint32{15, 16, 17, 18, 19, 20, 21, 22, 23, 24}, eligible); diff != "" {
		t.Error(diff)
	}
	if b.Len() != 0 {
		t.Error("it stays after its last auction")
	}
}

// TestCountedOnlyWhileFree: an interval in which the chain lets nobody match the
// order is none of its auctions, and a remainder goes on counting.
func TestCountedOnlyWhileFree(t *testing.T) {
	b := New()
	b.Add(newOrder(1, 1, 50), order.Handling{Auctions: 2}, 3, 10)
	nf := b.Entries()[0].Nullifier
	b.Begin(15, 2)
	b.Lock(nf, 16)
	b.Begin(20, 2)
	e, _ := b.Find(nf)
	remainder := e.Order
	remainder.Terms.Qty = 4
	b.Settle(nf, remainder, 9, 21)
	if e := b.Entries()[0]; e.Seen != 1 || e.Handling != (order.Handling{Auctions: 2}) {
		t.Fatalf("%+v", e)
	}
	if n := len(b.Eligible(24, 2)); n != 0 {
		t.Error("it is matched in an interval that it does not count")
	}
	b.Begin(25, 2)
	if n := len(b.Eligible(29, 2)); n != 1 {
		t.Error("its second auction is missing")
	}
	if b.Begin(30, 2); b.Len() != 0 {
		t.Error("it has a third auction")
	}
}

// TestOneAuction: an order that is good for one has no other, neither for what a
// fill leaves of it nor after a bust, however long before the next interval the
// chain lets it be matched again.
func TestOneAuction(t *testing.T) {
	for name, end := range map[string]func(b *Book, e Entry){
		"settled": func(b *Book, e Entry) {
			remainder := e.Order
			remainder.Terms.Qty--
			b.Settle(e.Nullifier, remainder, 9, 21)
		},
		"busted": func(b *Book, _ Entry) { b.Bust(16, 22) },
	} {
		b := New()
		b.Add(newOrder(1, 1, 50), order.Handling{Auctions: 1}, 3, 10)
		e := b.Entries()[0]
		b.Begin(15, 2)
		if len(b.Eligible(16, 2)) != 1 {
			t.Fatalf("%s: it has no auction", name)
		}
		b.Lock(e.Nullifier, 16)
		b.Begin(20, 2)
		end(b, e)
		for h := uint32(21); h < 30; h++ {
			if h == 25 {
				b.Begin(h, 2)
			}
			if len(b.Eligible(h, 2)) != 0 {
				t.Errorf("%s: a second auction at %d", name, h)
			}
		}
		if b.Len() != 0 {
			t.Errorf("%s: it stays", name)
		}
	}
}

// TestElapse: an order leaves when its time is over, not before; the next
// deadline is found.
func TestElapse(t *testing.T) {
	b := New()
	for i, until := range []uint64{0, 700, 500, 500} {
		b.Add(newOrder(uint64(i), 1, 50), order.Handling{Until: until}, 3*uint64(i), 10)
	}
	for _, c := range []struct {
		now  uint64
		left int
	}{{0, 4}, {499, 4}, {500, 2}, {600, 2}, {699, 2}, {1 << 40, 1}} {
		if b.Elapse(c.now); b.Len() != c.left {
			t.Errorf("%d orders at %d, want %d", b.Len(), c.now, c.left)
		}
	}
}

// TestReplace: who asks for less of the same keeps their place; who asks for
// anything else goes to the end.
func TestReplace(t *testing.T) {
	kept := order.Handling{Peg: order.Mid, Auctions: 3}
	for name, c := range map[string]struct {
		edit func(*order.Order, *order.Handling)
		keep bool
	}{
		"the same": {func(*order.Order, *order.Handling) {}, true},
		"less":     {func(o *order.Order, _ *order.Handling) { o.Terms.Qty-- }, true},
		"less than the minimum, which falls with it": {func(o *order.Order, _ *order.Handling) { o.Terms.Qty, o.Terms.MinFill = 3, 3 }, true},
		"more":             {func(o *order.Order, _ *order.Handling) { o.Terms.Qty++ }, false},
		"another limit":    {func(o *order.Order, _ *order.Handling) { o.Terms.Limit++ }, false},
		"another minimum":  {func(o *order.Order, _ *order.Handling) { o.Terms.MinFill-- }, false},
		"another's":        {func(o *order.Order, _ *order.Handling) { o.OID = field.FromUint64(77) }, false},
		"a later expiry":   {func(o *order.Order, _ *order.Handling) { o.Terms.Expiry++ }, false},
		"another handling": {func(_ *order.Order, h *order.Handling) { h.Offset++ }, false},
	} {
		b := New()
		first := newOrder(1, 1, 50)
		first.Terms.MinFill = 4
		b.Add(first, kept, 3, 10)
		b.Begin(20, 1)
		old := b.Entries()[0]
		b.Remove(old.Nullifier)
		next, h := first, kept
		next.S = field.FromUint64(5)
		c.edit(&next, &h)
		b.Replace(old, next, h, 9, 30)
		e := b.Entries()[0]
		if kept := e.Arrival == 10 && e.Seen == 1; kept != c.keep || !c.keep && (e.Arrival != 30 || e.Seen != 0) {
			t.Errorf("%s: arrival %d, seen %d", name, e.Arrival, e.Seen)
		}
	}
}
