package wallet

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/asset"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/rejection"
)

func testParams() Params {
	return Params{
		Assets: []Asset{
			{Record: asset.Record{ID: 1, Symbol: "USD", Decimals: 6}},
			{Record: asset.Record{ID: 2, Symbol: "KSM", Decimals: 9}},
		},
		Markets: []Market{
			{Record: market.Record{ID: 3, Base: 2, Quote: 1, LotSize: 5_000_000, Tick: 100}},
			{Record: market.Record{ID: 4, Base: 2, Quote: 1, LotSize: 10_000_000, Tick: 100}},
		},
	}
}

func TestUnits(t *testing.T) {
	p := testParams()
	m, err := p.FindMarket("ksm/usd")
	if err != nil || m.ID != 4 {
		t.Fatalf("%+v %v", m, err)
	}
	for _, c := range []struct {
		parse func(string) (uint64, error)
		text  string
		want  uint64
		code  error
	}{
		{func(s string) (uint64, error) { return p.ParseLots(m, s) }, "1.23", 123, nil},
		{func(s string) (uint64, error) { return p.ParseLots(m, s) }, "1.235", 0, rejection.OverPrecise},
		{func(s string) (uint64, error) { return p.ParseLots(m, s) }, "0.0000000001", 0, rejection.OverPrecise},
		{func(s string) (uint64, error) { return p.ParseLots(m, s) }, "x", 0, rejection.BadAmount},
		{func(s string) (uint64, error) { return p.ParsePrice(m, s) }, "25.5", 255_000, nil}, // 25.5·10^6·10^7/10^9
		{func(s string) (uint64, error) { return p.ParsePrice(m, s) }, "25.505", 255_050, nil},
		{func(s string) (uint64, error) { return p.ParsePrice(m, s) }, "25.501", 0, rejection.OverPrecise},
		{func(s string) (uint64, error) { return p.ParsePrice(m, s) }, "0.00001", 0, rejection.OverPrecise},
		{func(s string) (uint64, error) { return p.ParsePrice(m, s) }, "0", 0, rejection.BadAmount},
		{func(s string) (uint64, error) { return p.ParsePrice(m, s) }, "-1", 0, rejection.BadAmount},
	} {
		if got, err := c.parse(c.text); got != c.want || !errors.Is(err, c.code) {
			t.Errorf("%q: %d %v, want %d %v", c.text, got, err, c.want, c.code)
		}
	}
	for _, name := range []string{"", "KSM", "KSM/", "USD/KSM", "9"} {
		if _, err := p.FindMarket(name); !errors.Is(err, rejection.UnknownMarket) {
			t.Errorf("market %q: %v", name, err)
		}
	}
	for _, name := range []string{"", "BTC", "7"} {
		if _, err := p.FindAsset(name); !errors.Is(err, rejection.UnknownAsset) {
			t.Errorf("asset %q: %v", name, err)
		}
	}
	thirds := m
	thirds.LotSize = 3_000_000
	if got := p.Price(thirds, 1); got != "0.000333333333333333…" {
		t.Error(got)
	}
}

func TestUnitsRoundTrip(t *testing.T) {
	p := testParams()
	rapid.Check(t, func(t *rapid.T) {
		m := p.Markets[rapid.IntRange(0, 1).Draw(t, "market")]
		price := rapid.Uint64Range(1, 1<<33).Draw(t, "price") * 50
		if got, err := p.ParsePrice(m, p.Price(m, price)); err != nil || got != price {
			t.Fatalf("%d is %s, read as %d, %v", price, p.Price(m, price), got, err)
		}
		lots := rapid.Uint64Range(0, 1<<40).Draw(t, "lots")
		if got, err := p.ParseLots(m, p.Lots(m, lots)); err != nil || got != lots {
			t.Fatalf("%d lots are %s, read as %d, %v", lots, p.Lots(m, lots), got, err)
		}
	})
}
