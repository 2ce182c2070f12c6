package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/nightjar/nightjar/engine/auction"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/sim/market/event"
	"github.com/nightjar/nightjar/sim/market/venue"
)

const second = 1_000_000_000

// TestReport: one trade, worked out by hand. The buyer trades at 1,001,000, 10 bp
// above the bid of 1,000,000 and 10 below the ask of 1,002,000; the midpoint then
// goes to 1,003,000.
func TestReport(t *testing.T) {
	r := New()
	quote := func(bid, ask uint64) { r.Event(event.Event{Kind: event.Quote, Market: 1, Bid: bid, Ask: ask}) }
	add := func(trader string, side order.Side, size uint64) {
		r.Event(event.Event{Kind: event.Add, Market: 1, Trader: trader, Side: side, Size: size})
	}
	quote(1_000_000, 1_002_000)
	add("maker", order.Sell, 100)
	add("block", order.Buy, 40)
	add("block", order.Buy, 60)
	r.Block(10*second, []venue.Auction{{
		Time: 10 * second, Market: 1, Reason: auction.Cleared, Reference: market.NewQuote(1_000_000, 1_002_000), Price: 1_001_000, Volume: 40, Possible: 100,
		Fills: []venue.Fill{
			{Trader: "block", Side: order.Buy, Lots: 40, First: true, Since: 2 * second},
			{Trader: "maker", Side: order.Sell, Lots: 40, Left: 60, First: true, Since: 4 * second},
		},
	}, {Market: 1, Reason: auction.Unstable}})
	quote(1_003_000, 1_003_000)
	r.Block(11*second, nil)
	r.Block(20*second, nil)
	got := r.Report()
	if got.Auctions != 2 || got.Cleared != 1 || got.Skipped != 1 || got.Lots != 40 || got.Missed != 60 || len(got.Traders) != 2 {
		t.Fatalf("%+v", got)
	}
	block, maker := got.Traders[0], got.Traders[1]
	near := func(what string, v *float64, want float64) {
		if v == nil || *v < want-0.01 || *v > want+0.01 {
			t.Errorf("%s: %v, want %v", what, v, want)
		}
	}
	if block.Orders != 2 || block.Filled != 0.5 || block.Whole != 0.5 || block.Traded != 0.4 || maker.Whole != 0 || maker.Filled != 1 {
		t.Errorf("%+v %+v", block, maker)
	}
	near("first fill", block.First, 8)
	near("improvement", block.Improved, 9.99)
	near("from the midpoint", block.FromMid, 0)
	near("markout", block.Markouts[0], 19.98)
	near("markout", maker.Markouts[1], -19.98)
	if block.Markouts[2] != nil {
		t.Error("a markout that is not due")
	}
	var out bytes.Buffer
	got.Print(&out)
	for _, want := range []string{"40 lots traded, 60 more", "+9.99 bp", "40.0 %", "-19.98 bp"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
}

func TestNothing(t *testing.T) {
	var out bytes.Buffer
	r := New()
	r.Event(event.Event{Kind: event.Add, Size: 5})
	if r.Report().Print(&out); !strings.Contains(out.String(), "–") {
		t.Error(out.String())
	}
}
