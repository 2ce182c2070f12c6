package main

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/ledger/chronicle"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// TestPrints: prints are shown in people's units, of one market if asked.
func TestPrints(t *testing.T) {
	p, m := records()
	list := []chronicle.Print{
		{Block: 41, Print: registry.Print{Market: m.ID, First: 3, Last: 20, Lots: 15, Price: 1_234_500}},
		{Block: 61, Print: registry.Print{Market: m.ID, Pool: order.Natural, First: 8, Last: 8, Lots: 512, Price: 1_234_000}},
	}
	want := []printView{
		{Block: 41, Market: "KSM/USD", ID: 3, Pool: "all", First: 3, Last: 20, Lots: 15, Amount: p.Lots(m, 15), Price: p.Price(m, 1_234_500)},
		{Block: 61, Market: "KSM/USD", ID: 3, Pool: "natural", First: 8, Last: 8, Lots: 512, Amount: p.Lots(m, 512), Class: true, Price: p.Price(m, 1_234_000)},
	}
	for _, pair := range []string{"", "ksm/usd", "3"} {
		r, err := viewPrints(p, list, pair)
		if d := cmp.Diff(want, r.Prints); err != nil || d != "" {
			t.Errorf("%q: %v %s", pair, err, d)
		}
		var out strings.Builder
		r.Height = 70
		r.print(&out)
		for _, say := range []string{"1.5", "≥ 51.2", "3–20", "2 prints up to block 70"} {
			if !strings.Contains(out.String(), say) {
				t.Errorf("%q is missing in\n%s", say, out.String())
			}
		}
	}
	if _, err := viewPrints(p, list, "KSM/BTC"); !errors.Is(err, rejection.UnknownMarket) {
		t.Error(err)
	}
	if r, err := viewPrints(p, nil, ""); err != nil || r.Prints == nil {
		t.Error("no prints are an empty list", err)
	}
}
