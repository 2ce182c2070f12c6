package bot

import (
	"testing"

	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/order"
)

const second = 1_000_000_000

var record = market.Record{ID: 1, Base: 1, Quote: 2, LotSize: 1, Tick: 100, MinQty: 1}

func at(time uint64) View {
	return View{Time: time, Market: record, Quote: market.NewQuote(999_800, 1_000_200)}
}

func TestMaker(t *testing.T) {
	m := &Maker{Lots: 10, Most: 20, Peg: order.Mid, Offset: 2, Skew: 4, Cap: 50, Refresh: 60 * second}
	list := m.Act(at(second))
	if len(list) != 2 || list[0].Side != order.Buy || list[0].Handling.Offset != -2 || list[0].Limit != 1_005_000 ||
		list[1].Side != order.Sell || list[1].Handling.Offset != 2 || list[1].Limit != 995_000 {
		t.Fatalf("%+v", list)
	}
	if list := m.Act(at(2 * second)); len(list) != 0 {
		t.Fatalf("%+v", list)
	}
	// It bought: the order that is gone is placed again, one half of the skew lower.
	v := at(3 * second)
	v.Settled = []Fill{{Tag: list[0].Tag, Side: order.Buy, Lots: 10, Price: 999_900}}
	next := m.Act(v)
	if len(next) != 1 || next[0].Do != Place || next[0].Side != order.Buy || next[0].Handling.Offset != -4 || m.Inventory() != 10 {
		t.Fatalf("%+v", next)
	}
	// At its bound it only sells.
	v = at(4 * second)
	v.Settled = []Fill{{Tag: next[0].Tag, Side: order.Buy, Lots: 10, Price: 999_900}}
	if next = m.Act(v); len(next) != 0 {
		t.Fatalf("%+v", next)
	}
	// What is old is placed again.
	next = m.Act(at(61 * second))
	if len(next) != 2 || next[0].Do != Cancel || next[0].Tag != list[1].Tag || next[1].Side != order.Sell || next[1].Handling.Offset != -2 {
		t.Fatalf("%+v", next)
	}
	v = at(62 * second)
	v.Gone = []uint64{next[1].Tag}
	if next = m.Act(v); len(next) != 1 || next[0].Side != order.Sell {
		t.Fatalf("%+v", next)
	}
}

func TestMakerWaitsForAReference(t *testing.T) {
	m := &Maker{Lots: 10, Most: 20, Peg: order.Mid}
	if list := m.Act(View{Time: second, Market: record}); len(list) != 0 {
		t.Errorf("%+v", list)
	}
}

func TestBlock(t *testing.T) {
	b := &Block{Side: order.Sell, Lots: 100, MinFill: 20, Offset: 3, Cap: 30, Start: 10 * second, Wait: 60 * second, Slices: 4}
	if list := b.Act(at(second)); len(list) != 0 {
		t.Fatalf("%+v", list)
	}
	list := b.Act(at(10 * second))
	if len(list) != 1 || list[0].Limit != 997_000 || list[0].MinFill != 20 || list[0].Handling.Peg != order.Mid || list[0].Handling.Offset != -3 {
		t.Fatalf("%+v", list)
	}
	v := at(20 * second)
	v.Settled = []Fill{{Tag: 1, Side: order.Sell, Lots: 60, Price: 1_000_000, Left: 40}}
	if list = b.Act(v); len(list) != 0 {
		t.Fatalf("%+v", list)
	}
	if list = b.Act(at(70 * second)); len(list) != 1 || list[0].Do != Cancel {
		t.Fatalf("%+v", list)
	}
	if list = b.Act(at(71 * second)); len(list) != 0 {
		t.Fatalf("%+v", list)
	}
	v = at(100 * second)
	for range 4 {
		list = b.Act(v)
		if len(list) != 1 || list[0].Do != Trade || list[0].Lots != 10 || list[0].Side != order.Sell {
			t.Fatalf("%+v", list)
		}
		v.Outside = []Fill{{Side: order.Sell, Lots: 10, Price: 999_000}}
		v.Time += second
	}
	if list = b.Act(v); len(list) != 0 || !b.Done() {
		t.Fatalf("%+v", list)
	}
	if lots, notional, arrival := b.Traded(); lots != 100 || notional != 60*1_000_000+40*999_000 || arrival != 1_000_000 {
		t.Error(lots, notional, arrival)
	}
}

func TestBlockThatFills(t *testing.T) {
	b := &Block{Side: order.Buy, Lots: 100, Cap: 30, Wait: 60 * second}
	b.Act(at(second))
	v := at(2 * second)
	v.Settled = []Fill{{Tag: 1, Side: order.Buy, Lots: 100, Price: 1_000_000}}
	if list := b.Act(v); len(list) != 0 || !b.Done() {
		t.Errorf("%+v", list)
	}
}

// TestBlockGoesOn: a block that was begun in an earlier life trades the rest at
// the cap that it had, what was lost is placed again, and nothing after its time.
func TestBlockGoesOn(t *testing.T) {
	b := &Block{Side: order.Buy, Lots: 100, MinFill: 50, Cap: 100, Arrival: 900_000, Wait: 60 * second}
	v := at(second)
	v.Settled = []Fill{{Side: order.Buy, Lots: 70, Price: 900_000}}
	list := b.Act(v)
	if len(list) != 1 || list[0].Lots != 30 || list[0].MinFill != 30 || list[0].Limit != 909_000 {
		t.Fatalf("%+v", list)
	}
	v = at(2 * second)
	v.Gone = []uint64{list[0].Tag}
	again := b.Act(v)
	if len(again) != 1 || again[0].Do != Place || again[0].Lots != 30 || again[0].Tag == list[0].Tag {
		t.Fatalf("%+v", again)
	}
	if list = b.Act(at(60 * second)); len(list) != 1 || list[0].Do != Cancel || list[0].Tag != again[0].Tag {
		t.Fatalf("%+v", list)
	}

	late := &Block{Side: order.Buy, Lots: 100, Cap: 100, Arrival: 900_000, Wait: 60 * second}
	if list = late.Act(at(61 * second)); len(list) != 0 {
		t.Fatalf("%+v", list)
	}
	if list = late.Act(at(91 * second)); len(list) != 1 || list[0].Do != Trade || list[0].Lots != 100 {
		t.Errorf("%+v", list)
	}

	over := &Block{Side: order.Buy, Lots: 100, Cap: 100, Arrival: 900_000, Wait: 60 * second}
	v = at(second)
	v.Settled = []Fill{{Side: order.Buy, Lots: 100, Price: 900_000}}
	if list = over.Act(v); len(list) != 0 || !over.Done() {
		t.Errorf("%+v", list)
	}
}

func TestCapped(t *testing.T) {
	for _, c := range []struct {
		side            order.Side
		price, bp, want uint64
	}{
		{order.Buy, 100, 500, 105}, {order.Sell, 100, 500, 95}, {order.Buy, 199, 50, 199}, {order.Sell, 12_345_678, 25, 12_314_814},
		{order.Sell, 100, 10_000, 1}, {order.Sell, 100, 1 << 63, 1}, {order.Buy, 1 << 63, 1 << 63, 1<<64 - 1},
	} {
		if got := capped(c.side, c.price, c.bp); got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
}
