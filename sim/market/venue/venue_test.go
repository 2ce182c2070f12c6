package venue

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/nightjar/nightjar/engine/auction"
	"github.com/nightjar/nightjar/engine/epoch"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/market/event"
)

const second = 1_000_000_000

var record = market.Record{ID: 1, Base: 1, Quote: 2, LotSize: 1, Tick: 2, Collar: 1000, MinQty: 5, Halt: 65535}

// world is a venue that calls an auction in every block.
type world struct {
	testing.TB
	*Venue
	next uint64
}

func newWorld(t testing.TB, change func(*Config)) *world {
	t.Helper()
	c := Default(epoch.Secret{1}, record)
	c.Interval, c.MinRest, c.Settle = 1, 0, 0
	if change != nil {
		change(&c)
	}
	v, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t, v, 0}
	w.must(event.Event{Kind: event.Quote, Market: 1, Bid: 990, Ask: 1010})
	return w
}

func (w *world) must(e event.Event) {
	w.Helper()
	if err := w.Take(e); err != nil {
		w.Fatal(err)
	}
}

func (w *world) refused(code rejection.Code, e event.Event) {
	w.Helper()
	if err := w.Take(e); !errors.Is(err, code) {
		w.Errorf("%+v: %v, want %v", e, err, code)
	}
}

// add places an order of an owner of its own.
func (w *world) add(side order.Side, price, size uint64, more ...func(*event.Event)) uint64 {
	w.Helper()
	w.next++
	e := event.Event{Kind: event.Add, Market: 1, Order: w.next, Side: side, Price: price, Size: size, Band: order.NoBand}
	for _, f := range more {
		f(&e)
	}
	w.must(e)
	return e.Order
}

// block closes a block and returns what traded, by order.
func (w *world) block() map[uint64]uint64 {
	w.Helper()
	list, err := w.Block(uint64(w.height+1) * second)
	if err != nil {
		w.Fatal(err)
	}
	if err := w.Audit(); err != nil {
		w.Fatal(err)
	}
	lots := map[uint64]uint64{}
	for _, a := range list {
		if a.Possible < a.Volume {
			w.Errorf("%d lots traded, %d possible", a.Volume, a.Possible)
		}
		for _, f := range a.Fills {
			lots[f.Order] += f.Lots
		}
	}
	return lots
}

// blocks closes some without a trade.
func (w *world) blocks(n int) {
	w.Helper()
	for range n {
		if lots := w.block(); len(lots) > 0 {
			w.Fatalf("block %d traded %v", w.height, lots)
		}
	}
}

func TestRemainderComesBack(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.MinRest, c.Settle = 2, 3 })
	buy, sell := w.add(order.Buy, 1000, 30), w.add(order.Sell, 1000, 10)
	w.blocks(2) // it rests
	if lots := w.block(); lots[buy] != 10 || lots[sell] != 10 {
		t.Fatal(lots)
	}
	w.refused(rejection.NullifierLocked, event.Event{Kind: event.Modify, Market: 1, Order: buy, Price: 1000, Size: 5})
	second := w.add(order.Sell, 1000, 50)
	w.blocks(3 + 2 - 1) // it is settled, then rests again
	if lots := w.block(); lots[buy] != 20 || lots[second] != 20 {
		t.Fatal(lots)
	}
	w.blocks(3)
	w.refused(rejection.UnknownOrder, event.Event{Kind: event.Cancel, Market: 1, Order: buy})
	if w.Resting() != 1 || w.Count().Late != 2 {
		t.Errorf("%d orders, %+v", w.Resting(), w.Count())
	}
}

func TestCancelOfMatchedKeepsRemainderOut(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Settle = 2 })
	buy := w.add(order.Buy, 1000, 30)
	w.add(order.Sell, 1000, 10)
	w.block()
	w.refused(rejection.NullifierLocked, event.Event{Kind: event.Cancel, Market: 1, Order: buy})
	w.blocks(2)
	w.add(order.Sell, 1000, 10)
	w.blocks(3)
}

func TestCountedOrders(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Interval, c.Predictable = 4, true }) // calls at 3, 7, 11
	w.blocks(1)
	one := w.add(order.Buy, 1000, 10, func(e *event.Event) { e.Auctions = 1 })
	sell := w.add(order.Sell, 1000, 10)
	w.blocks(5) // its first whole interval is 4 … 7
	if lots := w.block(); lots[one] != 10 || lots[sell] != 10 || w.Height() != 7 {
		t.Fatal(w.Height(), lots)
	}
	two := w.add(order.Buy, 1000, 10, func(e *event.Event) { e.Auctions = 2 })
	w.blocks(8) // 8 begins the first, 12 the second
	w.add(order.Sell, 1000, 10)
	w.blocks(1)
	w.refused(rejection.UnknownOrder, event.Event{Kind: event.Cancel, Market: 1, Order: two})
}

func TestUntil(t *testing.T) {
	w := newWorld(t, nil)
	w.add(order.Buy, 1000, 10, func(e *event.Event) { e.Until = 2*second + 1 })
	w.blocks(2)
	kept := w.add(order.Buy, 1000, 10, func(e *event.Event) { e.Until = 5 * second })
	w.blocks(1) // the time of the first is over in block 3
	if w.Resting() != 1 || len(w.Expired()) != 1 {
		t.Fatal("an order outlived its time")
	}
	w.add(order.Sell, 1000, 10)
	if lots := w.block(); lots[kept] != 10 {
		t.Error(lots)
	}
}

// TestModify: only a smaller size keeps the priority.
func TestModify(t *testing.T) {
	for _, c := range []struct {
		price, size uint64
		keeps       bool
	}{{1000, 40, true}, {1000, 64, false}, {1002, 40, false}} {
		w := newWorld(t, nil)
		first := w.add(order.Buy, 1000, 60)
		w.blocks(1)
		other := w.add(order.Buy, c.price, max(33, min(c.size, 60)))
		w.blocks(1)
		w.must(event.Event{Kind: event.Modify, Market: 1, Order: first, Price: c.price, Size: c.size})
		w.blocks(1)
		w.add(order.Sell, 990, 10)
		lots := w.block()
		if c.size == 64 {
			if lots[first] != 10 { // of a larger class
				t.Errorf("%+v: %v", c, lots)
			}
		} else if (lots[first] == 10) != c.keeps || lots[first]+lots[other] != 10 {
			t.Errorf("%+v: %v", c, lots)
		}
	}
}

func TestPoolsDoNotMeet(t *testing.T) {
	natural := func(e *event.Event) { e.Pool = order.Natural }
	w := newWorld(t, nil)
	w.add(order.Buy, 1000, 10, natural)
	w.add(order.Sell, 1000, 10)
	w.blocks(2)
	sell := w.add(order.Sell, 1000, 10, natural)
	if lots := w.block(); lots[sell] != 10 {
		t.Error(lots)
	}
}

// TestDefaultMinFill: an order that names no minimum gets one; one that does
// keeps it.
func TestDefaultMinFill(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.DefaultMinFill = 2 })
	w.add(order.Buy, 1000, 50)
	w.add(order.Sell, 1000, 19, func(e *event.Event) { e.MinFill = 1 })
	w.blocks(2)
	w.add(order.Sell, 1000, 6, func(e *event.Event) { e.MinFill = 1 })
	if lots := w.block(); len(lots) != 3 {
		t.Error(lots)
	}
}

func TestHalt(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Markets[0].Halt, c.Interval, c.Predictable = 100, 4, true })
	buy := w.add(order.Buy, 1100, 10)
	w.add(order.Sell, 900, 10)
	w.blocks(2)
	w.must(event.Event{Kind: event.Quote, Market: 1, Bid: 1015, Ask: 1015})
	w.blocks(1) // called, and moved by 150 bp
	w.blocks(3)
	if lots := w.block(); lots[buy] != 10 {
		t.Error(lots)
	}
}

func TestRefusals(t *testing.T) {
	w := newWorld(t, nil)
	taken := w.add(order.Buy, 1000, 10)
	add := event.Event{Kind: event.Add, Market: 1, Order: 77, Side: order.Buy, Price: 1000, Size: 10}
	for _, c := range []struct {
		code   rejection.Code
		change func(*event.Event)
	}{
		{rejection.UnknownMarket, func(e *event.Event) { e.Market = 2 }},
		{rejection.BadTerms, func(e *event.Event) { e.Size = 4 }},
		{rejection.BadTerms, func(e *event.Event) { e.Price = 0 }},
		{rejection.BadTerms, func(e *event.Event) { e.Offset = 1 }},
		{rejection.BadTerms, func(e *event.Event) { e.Order = taken }},
		{rejection.UnknownMarket, func(e *event.Event) { e.Kind, e.Market, e.Bid, e.Ask = event.Quote, 2, 1, 1 }},
		{rejection.UnknownOrder, func(e *event.Event) { e.Kind = event.Cancel }},
		{rejection.UnknownOrder, func(e *event.Event) { e.Kind, e.Order, e.Market = event.Cancel, taken, 3 }},
		{rejection.BadTerms, func(e *event.Event) { e.Kind, e.Order, e.Size = event.Modify, taken, 4 }},
	} {
		e := add
		c.change(&e)
		w.refused(c.code, e)
	}
	w.must(add)
	for _, c := range []Config{
		{}, {Markets: []market.Record{record, record}},
		func() Config { c := Default(epoch.Secret{}, record); c.Interval = 0; return c }(),
		func() Config { c := Default(epoch.Secret{}, record); c.SizeClasses = []int{4, 2}; return c }(),
		func() Config {
			r := record
			r.Tick = 0
			return Default(epoch.Secret{}, r)
		}(),
	} {
		if _, err := New(c); !errors.Is(err, rejection.ParameterBounds) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// TestCheckBites: a result that breaks one rule is caught; the control passes.
func TestCheckBites(t *testing.T) {
	owned := func(e *event.Event) { e.Owner, e.MinFill, e.Band = 9, 4, 200 }
	w := newWorld(t, nil)
	w.add(order.Buy, 1010, 10, owned)
	w.add(order.Sell, 990, 10)
	w.add(order.Sell, 1030, 10, owned)
	w.add(order.Buy, 1010, 10, func(e *event.Event) { e.Peg, e.Offset = order.Primary, 1 }) // to 992
	w.height = 1
	for at := range w.orders {
		w.open(uint32(at))
	}
	p := w.markets[1].pools[0]
	id := func(name uint64) auction.ID { return w.orders[w.byName[name]].id }
	call := auction.Call{Market: record, Reference: market.NewQuote(990, 1010), MaxFills: 2}
	result := func(price, volume uint64, fills ...auction.Fill) auction.Result {
		return auction.Result{Reason: auction.Cleared, Price: price, Dev: market.Deviation(price, 1000), Volume: volume, Fills: fills}
	}
	if err := w.check(p, call, result(1000, 5, auction.Fill{Order: id(1), Lots: 5}, auction.Fill{Order: id(2), Lots: 5})); err != nil {
		t.Fatalf("the control: %v", err)
	}
	for name, r := range map[string]auction.Result{
		"fills without a trade": {Reason: auction.NoCross, Fills: []auction.Fill{{Order: id(1), Lots: 5}}},
		"unbalanced":            result(1000, 5, auction.Fill{Order: id(1), Lots: 5}, auction.Fill{Order: id(2), Lots: 6}),
		"another volume":        result(1000, 6, auction.Fill{Order: id(1), Lots: 5}, auction.Fill{Order: id(2), Lots: 5}),
		"past the cap":          result(1000, 5, auction.Fill{Order: id(1), Lots: 5}, auction.Fill{Order: id(2), Lots: 4}, auction.Fill{Order: id(3), Lots: 1}),
		"one fill":              result(1000, 5, auction.Fill{Order: id(1), Lots: 5}),
		"past the size":         result(1000, 11, auction.Fill{Order: id(1), Lots: 11}, auction.Fill{Order: id(2), Lots: 11}),
		"under the minimum":     result(1000, 3, auction.Fill{Order: id(1), Lots: 3}, auction.Fill{Order: id(2), Lots: 3}),
		"past a buyer's limit":  result(1011, 5, auction.Fill{Order: id(1), Lots: 5}, auction.Fill{Order: id(2), Lots: 5}),
		"past a seller's limit": result(989, 5, auction.Fill{Order: id(1), Lots: 5}, auction.Fill{Order: id(2), Lots: 5}),
		"past the peg":          result(1000, 5, auction.Fill{Order: id(4), Lots: 5}, auction.Fill{Order: id(2), Lots: 5}),
		"outside the band":      result(978, 5, auction.Fill{Order: id(1), Lots: 5}, auction.Fill{Order: id(2), Lots: 5}),
		"no lots":               result(1000, 0, auction.Fill{Order: id(1)}, auction.Fill{Order: id(2)}),
		"twice":                 result(1000, 4, auction.Fill{Order: id(1), Lots: 4}, auction.Fill{Order: id(1), Lots: 4}),
		"self-trade":            result(1010, 5, auction.Fill{Order: id(1), Lots: 5}, auction.Fill{Order: id(3), Lots: 5}),
		"nobody":                result(1000, 5, auction.Fill{Order: id(1), Lots: 5}, auction.Fill{Order: 99, Lots: 5}),
		"past the collar":       result(1200, 5, auction.Fill{Order: id(1), Lots: 5}, auction.Fill{Order: id(2), Lots: 5}),
		"another distance":      {Reason: auction.Cleared, Price: 1000, Dev: 1, Volume: 5, Fills: []auction.Fill{{Order: id(1), Lots: 5}, {Order: id(2), Lots: 5}}},
	} {
		if err := w.check(p, call, r); !errors.Is(err, ErrViolation) {
			t.Errorf("%s passes", name)
		}
	}
	unstable := call
	unstable.Unstable = true
	good := result(1000, 5, auction.Fill{Order: id(1), Lots: 5}, auction.Fill{Order: id(2), Lots: 5})
	if err := w.check(p, unstable, good); !errors.Is(err, ErrViolation) {
		t.Error("a trade while unstable passes")
	}
	w.config.MinRest = 10
	if err := w.check(p, call, good); !errors.Is(err, ErrViolation) {
		t.Error("a trade of an order that has not rested passes")
	}
}

// TestAuditBites: an order whose lots disappear, and one that the auctions see
// alone.
func TestAuditBites(t *testing.T) {
	for name, break_ := range map[string]func(w *world){
		"lots":    func(w *world) { w.orders[0].event.Size-- },
		"name":    func(w *world) { delete(w.byName, 1) },
		"ghost":   func(w *world) { w.markets[1].pools[0].book.Insert(auction.Order{Side: order.Buy, Limit: 1, Qty: 1}) },
		"balance": func(w *world) { w.markets[1].bought++ },
	} {
		w := newWorld(t, nil)
		w.add(order.Buy, 1000, 10)
		w.blocks(1)
		if break_(w); !errors.Is(w.Audit(), ErrViolation) {
			t.Errorf("%s passes", name)
		}
	}
}

// TestCalls: each interval has one call, at the end or at one that is drawn.
func TestCalls(t *testing.T) {
	for _, predictable := range []bool{false, true} {
		w := newWorld(t, func(c *Config) { c.Interval, c.Predictable = 8, predictable })
		places := map[uint32]int{}
		for h := uint32(0); h < 8*100; h++ {
			if w.height = h; w.called() {
				places[h%8]++
			}
		}
		total := 0
		for _, n := range places {
			total += n
		}
		if total != 100 || predictable != (places[7] == 100) || !predictable && len(places) < 8 {
			t.Errorf("predictable %v: %v", predictable, places)
		}
	}
}

func TestPrints(t *testing.T) {
	trade := func(at uint64, owners ...uint32) Auction {
		a := Auction{Time: at, Market: 1, Price: 100, Volume: 10}
		for _, o := range owners {
			a.Fills = append(a.Fills, Fill{Owner: o})
		}
		return a
	}
	p := Prints{Delay: 50, Owners: 3}
	p.Add(trade(100, 1, 2))
	if due := p.Due(1000); len(due) > 0 {
		t.Errorf("a print of two owners: %v", due)
	}
	p.Add(trade(1000, 2, 2))
	p.Add(trade(1001, 0, 1))
	if due := p.Due(1050); len(due) > 0 {
		t.Errorf("a print too early: %v", due)
	}
	if due := p.Due(1051); len(due) != 1 || due[0].Lots != 30 || due[0].Price != 100 {
		t.Errorf("%v", due)
	}
	if due := p.Due(5000); len(due) > 0 {
		t.Errorf("a print twice: %v", due)
	}
	var now Prints
	now.Add(trade(7, 1, 2))
	if due := now.Due(7); len(due) != 1 {
		t.Errorf("%v", due)
	}
}

// TestPossible: the model tries every price.
func TestPossible(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 2000 {
		var list []change
		for range r.IntN(8) {
			list = append(list, change{1 + r.Uint64N(6), order.Side(r.IntN(2)), 1 + r.Uint64N(9)})
		}
		var want uint64
		for p := uint64(1); p <= 6; p++ {
			var d, s uint64
			for _, c := range list {
				switch {
				case c.side == order.Buy && c.price >= p:
					d += c.lots
				case c.side == order.Sell && c.price <= p:
					s += c.lots
				}
			}
			want = max(want, min(d, s))
		}
		if got := crossing(list); got != want {
			t.Fatalf("%v: %d, want %d", list, got, want)
		}
	}
}

// TestMissed: what a minimum keeps from trading was possible.
func TestMissed(t *testing.T) {
	w := newWorld(t, nil)
	w.add(order.Buy, 1000, 30, func(e *event.Event) { e.MinFill = 30 })
	w.add(order.Sell, 1000, 10)
	w.add(order.Sell, 1002, 90)
	list, err := w.Block(second)
	if err != nil || len(list) != 1 || list[0].Volume != 0 || list[0].Possible != 10 {
		t.Errorf("%+v, %v", list, err)
	}
}
