package auction

import (
	"cmp"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/order"
)

// Bounds of one input, so that none takes long.
const (
	fuzzSteps  = 48
	fuzzCalls  = 4
	fuzzOrders = 14
	fuzzModel  = 6 // orders that the model is asked about
)

// tape is the fuzzer's bytes; past their end there are zeros.
type tape []byte

func (f *tape) byte() byte {
	if len(*f) == 0 {
		return 0
	}
	b := (*f)[0]
	*f = (*f)[1:]
	return b
}

// below returns a number below n, at most 256.
func (f *tape) below(n int) uint64 { return uint64(f.byte()) % uint64(n) }

// wide returns a number of any magnitude.
func (f *tape) wide() uint64 {
	var raw [8]byte
	shift := f.byte() % 64
	for i := range raw {
		raw[i] = f.byte()
	}
	return binary.LittleEndian.Uint64(raw[:]) >> shift
}

// call reads one auction: of a small market, which the model can follow, or of
// any magnitudes.
func (f *tape) call(small bool) Call {
	c := Call{MaxFills: 64, Up: f.below(2) == 1, Unstable: f.below(32) == 31}
	if f.below(3) == 0 {
		c.MaxFills = int(f.below(10))
	}
	if !small {
		c.Market = market.Record{Tick: max(1, f.wide()>>f.below(64)), Collar: uint16(f.wide())}
		c.Reference = Quote{Bid: f.wide(), Mid: f.wide(), Ask: f.wide()}
		if f.below(2) == 0 {
			c.Market.Collar = order.NoBand
		}
		return c
	}
	mid := 1 + f.below(60)
	c.Market = market.Record{Tick: 1 + f.below(4), Collar: uint16(100 + f.below(256)*12)}
	c.Reference = Quote{Bid: mid - min(mid-1, f.below(4)), Mid: mid, Ask: mid + f.below(4)}
	return c
}

func (f *tape) order(small bool, mid uint64) Order {
	o := Order{
		Side: order.Side(f.below(2)), SelfTrade: order.SelfTrade(f.below(4)), Peg: order.Peg(f.below(4)),
		Owner: Owner(f.below(8)), Band: order.NoBand,
	}
	minimum, banded := f.below(4), f.below(4) == 0
	if !small {
		o.Limit, o.Qty, o.MinFill = max(1, f.wide()), max(1, f.wide()>>f.below(64)), f.wide()>>f.below(64)
		if near := f.wide() >> f.below(64); f.below(2) == 0 { // so that some cross
			o.Limit = max(1, mid-min(mid, near))
			if o.Side == order.Buy {
				o.Limit = max(mid, mid+near) // or wraps
			}
		}
		o.Offset, o.Arrival = int32(f.wide()), uint32(f.wide())
		if banded {
			o.Band = uint16(f.wide())
		}
	} else {
		o.Limit, o.Qty = mid+f.below(31), 1+f.below(4)
		o.Limit -= min(o.Limit-1, 15)
		o.MinFill = f.below(6)
		o.Offset, o.Arrival = int32(f.below(9))-4, uint32(f.below(3))
		if banded {
			o.Band = uint16(f.below(256) * 6)
		}
	}
	switch minimum {
	case 0:
		o.MinFill = o.Qty // all or none
	case 1:
		o.MinFill = 0
	}
	return o
}

// live is the orders that rest, as whoever runs a book knows them.
type live struct {
	scene
	ids []ID
}

func (l *live) add(id ID, o Order, rank uint64) {
	l.ids, l.orders, l.ranks = append(l.ids, id), append(l.orders, o), append(l.ranks, rank)
}

func (l *live) remove(i int) {
	l.ids, l.orders, l.ranks = slices.Delete(l.ids, i, i+1), slices.Delete(l.orders, i, i+1), slices.Delete(l.ranks, i, i+1)
}

// clear runs the auction on a book and names orders by index + 1.
func (l *live) clear(b *Book, ids []ID) Result {
	l.Rank = func(id ID) uint64 { return l.ranks[slices.Index(ids, id)] }
	r := b.Clear(l.Call)
	r.Fills, r.Withheld = slices.Clone(r.Fills), slices.Clone(r.Withheld)
	for _, list := range [][]Fill{r.Fills, r.Withheld} {
		for i := range list {
			list[i].Order = ID(slices.Index(ids, list[i].Order) + 1)
		}
	}
	slices.SortFunc(r.Withheld, func(x, y Fill) int { return cmp.Compare(x.Order, y.Order) })
	return r
}

func (r Result) same(o Result) bool {
	return r.Reason == o.Reason && r.Price == o.Price && r.Dev == o.Dev && r.Volume == o.Volume && r.Exact == o.Exact &&
		slices.Equal(r.Fills, o.Fills) && slices.Equal(r.Withheld, o.Withheld)
}

// FuzzClear plays a book's life: orders come, are replaced and leave, and
// auctions are held. Each auction keeps every term (checkTerms); is the same a
// second time, and in a new book into which the orders came in another sequence,
// all at once; and if the book is small, is the model's.
func FuzzClear(f *testing.F) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 31))
		input := make([]byte, 60+r.IntN(500))
		for i := range input {
			input[i] = byte(r.Uint32())
		}
		input[0] = byte(seed % 4)
		f.Add(input)
	}
	f.Fuzz(func(t *testing.T, input []byte) { playBook(t, input) })
}

// played counts what the auctions of an input were.
type played struct{ calls, cleared, exact, withheld, modelled int }

func playBook(t *testing.T, input []byte) (p played) {
	tape := tape(input)
	small := tape.byte()%4 != 0
	l, b, serial := live{}, New(), uint64(0)
	l.Call = tape.call(small)
	insert := func(o Order) {
		serial++ // so that no two keyed hashes are equal
		l.add(b.Insert(o), o, tape.below(256)<<32|serial)
	}
	for n := 0; n < fuzzSteps && len(tape) > 0 && p.calls < fuzzCalls; n++ {
		switch code := tape.below(16); {
		case code < 10:
			if len(l.orders) < fuzzOrders {
				insert(tape.order(small, l.Reference.Mid))
			}
		case code < 14 && len(l.orders) > 0:
			i := int(tape.below(len(l.orders)))
			o := l.orders[i]
			b.Remove(l.ids[i])
			l.remove(i)
			if code < 12 && o.Qty > 1 { // what is left of it after a fill comes back, or less replaces it
				o.Qty -= min(o.Qty-1, 1+tape.below(3))
				insert(o)
			}
		case code == 14:
			l.Call = tape.call(small)
		default:
			p.calls++
			p.check(t, &l, b, small)
		}
	}
	if p.calls < fuzzCalls {
		p.calls++
		p.check(t, &l, b, small)
	}
	return p
}

func (p *played) check(t *testing.T, l *live, b *Book, small bool) {
	got := l.clear(b, l.ids)
	checkTerms(t, l.scene, got)
	if again := l.clear(b, l.ids); !again.same(got) {
		t.Errorf("%+v, and then %+v", got, again)
	}
	orders, fresh := slices.Clone(l.orders), New()
	slices.Reverse(orders)
	ids := fresh.InsertAll(nil, orders)
	slices.Reverse(ids)
	if other := l.clear(fresh, ids); !other.same(got) {
		t.Errorf("%+v, in a new book %+v", got, other)
	}
	if b.Len() != len(l.orders) {
		t.Errorf("%d orders of %d", b.Len(), len(l.orders))
	}
	if got.Reason == Cleared {
		p.cleared++
	}
	if got.Exact {
		p.exact++
	}
	p.withheld += min(1, len(got.Withheld))
	if small && len(l.orders) <= fuzzModel && l.MaxFills >= 2 && !l.Unstable {
		want, most := (&model{scene: l.scene}).clear(), uint64((&model{scene: l.scene}).maximum())
		if got.Price != want.price || got.Volume != want.volume || !slices.Equal(got.Fills, want.fills) {
			t.Errorf("%+v, the model says %+v", got, want)
		}
		if got.Volume > most || got.Volume < most && l.MaxFills >= len(l.orders) {
			t.Errorf("%d of %d lots", got.Volume, most)
		}
		p.modelled++
	}
	if t.Failed() {
		t.Fatalf("%+v\n%+v\nranks %v", l.Call, l.orders, l.ranks)
	}
}

// TestFuzzReaches: what the fuzzer begins with meets all that it is there for.
func TestFuzzReaches(t *testing.T) {
	var all played
	r := rand.New(rand.NewPCG(7, 31))
	for i := range 400 {
		input := make([]byte, 400)
		for j := range input {
			input[j] = byte(r.Uint32())
		}
		input[0] = byte(i)
		p := playBook(t, input)
		all.calls, all.cleared, all.exact = all.calls+p.calls, all.cleared+p.cleared, all.exact+p.exact
		all.withheld, all.modelled = all.withheld+p.withheld, all.modelled+p.modelled
	}
	if all.cleared < all.calls/5 || all.exact < 10 || all.withheld < 100 || all.modelled < all.calls/5 {
		t.Errorf("%+v", all)
	}
	t.Logf("%+v", all)
}
