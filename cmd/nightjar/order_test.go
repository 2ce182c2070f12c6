package main

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/asset"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/wallet"
)

// records are those of one market: a lot is 0.1 KSM, a tick 0.01 USD for a KSM,
// and the smallest order 0.5 KSM.
func records() (wallet.Params, wallet.Market) {
	m := wallet.Market{Record: market.Record{ID: 3, Base: 1, Quote: 2, LotSize: 100_000_000, Tick: 1000, FeeBp: 5, Collar: 1000, MinQty: 5}}
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	return wallet.Params{
		Time: noon.Unix(), Height: 1000, Markets: []wallet.Market{m},
		Assets: []wallet.Asset{
			{Record: asset.Record{ID: 1, Symbol: "KSM", Decimals: 9}}, {Record: asset.Record{ID: 2, Symbol: "USD", Decimals: 6}},
		},
	}, m
}

// parsed reads an order's flags as the command does.
func parsed(t testing.TB, args ...string) *orderFlags {
	t.Helper()
	var o orderFlags
	cmd := &cobra.Command{}
	o.register(cmd)
	if err := cmd.ParseFlags(args); err != nil {
		t.Fatal(err)
	}
	return &o
}

func midnight(day int) uint64 { return uint64(time.Date(2026, 11, day, 0, 0, 0, 0, time.UTC).Unix()) }

// TestOrderFlags: what a person writes becomes these terms and this handling.
func TestOrderFlags(t *testing.T) {
	p, m := records()
	bare := order.Terms{Limit: 2_500_000, Qty: 100, MinFill: 5, Expiry: math.MaxUint32, Band: order.NoBand, MaxFee: 5}
	with := func(edit func(*order.Terms)) order.Terms { t := bare; edit(&t); return t }
	until := func(seconds uint64) order.Terms {
		return with(func(t *order.Terms) { t.Expiry = p.ExpiryAfter(seconds) })
	}
	whole := with(func(t *order.Terms) { t.MinFill = 100 })
	for _, c := range []struct {
		flags    string
		terms    order.Terms
		handling order.Handling
	}{
		{"", bare, order.Handling{}},
		{"--min-fill 0", with(func(t *order.Terms) { t.MinFill = 0 }), order.Handling{}},
		{"--min-fill 2.5", with(func(t *order.Terms) { t.MinFill = 25 }), order.Handling{}},
		{"--qty 0.3", with(func(t *order.Terms) { t.Qty, t.MinFill = 3, 3 }), order.Handling{}},
		{"--aon", whole, order.Handling{}},
		{"--aon=false", bare, order.Handling{}},
		{"--tif gtc", bare, order.Handling{}},
		{"--tif ioc", bare, order.Handling{Auctions: 1}},
		{"--tif fok", whole, order.Handling{Auctions: 1}},
		{"--tif fok --aon", whole, order.Handling{Auctions: 1}},
		{"--tif gfa:12", bare, order.Handling{Auctions: 12}},
		{"--tif day", until(midnight(23)), order.Handling{Until: midnight(23)}},
		{"--tif gtd:2026-11-25T02:00:00+02:00", until(midnight(25)), order.Handling{Until: midnight(25)}},
		{"--tif day --expiry none", bare, order.Handling{Until: midnight(23)}},
		{"--tif day --expiry +20", with(func(t *order.Terms) { t.Expiry = 1020 }), order.Handling{Until: midnight(23)}},
		{"--expiry 2000", with(func(t *order.Terms) { t.Expiry = 2000 }), order.Handling{}},
		{"--peg mid", bare, order.Handling{Peg: order.Mid}},
		{"--peg primary --offset -3", bare, order.Handling{Peg: order.Primary, Offset: -3}},
		{"--peg market --offset +3", bare, order.Handling{Peg: order.Market, Offset: 3}},
		{"--peg none", bare, order.Handling{}},
		{"--self-trade newest", bare, order.Handling{}},
		{"--self-trade oldest", bare, order.Handling{SelfTrade: order.Oldest}},
		{"--self-trade both", bare, order.Handling{SelfTrade: order.Both}},
		{"--self-trade decrement", bare, order.Handling{SelfTrade: order.Decrement}},
		{"--natural", bare, order.Handling{Pool: order.Natural}},
		{"--band 50 --max-fee 9", with(func(t *order.Terms) { t.Band, t.MaxFee = 50, 9 }), order.Handling{}},
	} {
		o := parsed(t, append([]string{"--qty", "10", "--limit", "25"}, strings.Fields(c.flags)...)...)
		if err := o.check(); err != nil {
			t.Errorf("%s: %v", c.flags, err)
			continue
		}
		terms, handling, err := o.apply(p, m, order.Terms{Expiry: math.MaxUint32, Band: order.NoBand, MaxFee: 5}, order.Handling{}, true)
		if d := cmp.Diff(c.terms, terms) + cmp.Diff(c.handling, handling); d != "" || err != nil {
			t.Errorf("%s: %v\n%s", c.flags, err, d)
		}
	}
}

// TestContradictions: each is refused with BAD_FLAG before anything is opened,
// and its nearest neighbour that makes sense is not.
func TestContradictions(t *testing.T) {
	c := newCLI(t)
	c.env["NIGHTJAR_HOME"] += "-none" // what gets past the flags finds no wallet
	const base = "order --market KSM/USD --side buy --qty 1 --limit 25 "
	for _, x := range []struct{ bad, good string }{
		{"order --side buy --qty 1 --limit 25", base},
		{"order --market KSM/USD --qty 1 --limit 25", base + "--side SELL"},
		{"order --market KSM/USD --side hold --qty 1 --limit 25", base},
		{"order --market KSM/USD --side buy --limit 25", base},
		{"order --market KSM/USD --side buy --qty 1", base},
		{"order --market KSM/USD --side buy --qty 1 --peg mid", base + "--peg mid"},
		{base + "--offset 2", base + "--peg mid --offset 2"},
		{base + "--offset 0", base + "--peg mid --offset 0"},
		{base + "--peg none --offset 2", base + "--peg none"},
		{base + "--peg last", base + "--peg primary"},
		{base + "--peg mid --offset 1.5", base + "--peg mid --offset -1"},
		{base + "--peg mid --offset 2147483648", base + "--peg mid --offset 2147483647"},
		{base + "--aon --min-fill 0.5", base + "--aon"},
		{base + "--tif fok --min-fill 0.5", base + "--tif ioc --min-fill 0.5"},
		{base + "--tif fok --aon=false", base + "--tif fok --aon"},
		{base + "--tif forever", base + "--tif gtc"},
		{base + "--tif gtc:1", base + "--tif gtc"},
		{base + "--tif ioc:1", base + "--tif gfa:1"},
		{base + "--tif gfa", base + "--tif gfa:65535"},
		{base + "--tif gfa:0", base + "--tif gfa:1"},
		{base + "--tif gfa:65536", base + "--tif gfa:65535"},
		{base + "--tif gtd", base + "--tif day"},
		{base + "--tif gtd:tomorrow", base + "--tif gtd:2099-01-31T17:00:00Z"},
		{base + "--tif gtd:2099-01-31T17:00:00", base + "--tif gtd:2099-01-31T17:00:00+01:00"},
		{base + "--tif gtd:1969-01-31T17:00:00Z", base + "--tif gtd:2099-01-31T17:00:00Z"},
		{base + "--tif ioc --tif", base + "--tif ioc --tif gtc"},
		{base + "--self-trade never", base + "--self-trade decrement"},
		{base + "--natural=perhaps", base + "--natural=false"},
		{base + "--timeout 0s", base + "--no-wait"},
		{"replace ab --aon --min-fill 1", "replace ab --aon"},
		{"replace ab --peg none --offset 1", "replace ab --offset 1"},
		{"replace ab --tif gtd:", "replace ab --tif day"},
		{"replace ab --tif fok --min-fill 0", "replace ab --tif fok"},
		{"replace", "replace ab"},
		{"cancel", "cancel ab"},
		{"cancel ab --all", "cancel --all"},
		{"cancel --all --plan file", "cancel ab --plan file"},
		{"pull", "pull --all"},
		{"pull ab --all", "pull ab"},
		{"heartbeat", "heartbeat --blocks 5"},
		{"heartbeat --blocks 0", "heartbeat --off"},
		{"heartbeat --blocks 5 --off", "heartbeat --off"},
		{"heartbeat --off --keep", "heartbeat --off"},
		{"heartbeat --blocks 49 --keep", "heartbeat --blocks 50 --keep"},
		{"heartbeat --blocks 90 --keep --offline", "heartbeat --blocks 90 --keep"},
		{"heartbeat --blocks 90 --keep --no-wait", "heartbeat --blocks 90 --no-wait"},
		{"heartbeat --blocks 90 --keep --plan file", "heartbeat --blocks 90 --plan file"},
	} {
		c.refused(rejection.BadFlag, "", strings.Fields(x.bad)...)
		c.refused(rejection.NoWallet, "", strings.Fields(x.good)...)
	}
}

// TestLateContradictions are found once the chain or the order is known.
func TestLateContradictions(t *testing.T) {
	p, m := records()
	pegged := order.Handling{Peg: order.Mid, Offset: 4}
	for flags, was := range map[string]order.Handling{
		"--offset 1":                     {},               // replacing an order without a peg
		"--tif gtd:2026-11-22T12:00:00Z": {},               // now
		"--tif gtd:2020-01-01T00:00:00Z": {Until: 1 << 40}, // long over
		"--peg none --offset 1":          {Peg: order.Mid}, // check finds it too
	} {
		o := parsed(t, strings.Fields(flags)...)
		if _, _, err := o.apply(p, m, order.Terms{Qty: 10}, was, false); !errors.Is(err, rejection.BadFlag) {
			t.Errorf("%s: %v", flags, err)
		}
	}
	if _, h, err := parsed(t, "--offset", "1").apply(p, m, order.Terms{Qty: 10}, pegged, false); err != nil || h.Offset != 1 || h.Peg != order.Mid {
		t.Errorf("the control: %+v %v", h, err)
	}
}

func anyHandling(t *rapid.T) order.Handling {
	h := order.Handling{
		Peg: order.Peg(rapid.IntRange(0, 3).Draw(t, "peg")), SelfTrade: order.SelfTrade(rapid.IntRange(0, 3).Draw(t, "self-trade")),
		Pool: order.Pool(rapid.IntRange(0, 1).Draw(t, "pool")), Auctions: rapid.Uint16().Draw(t, "auctions"), Until: rapid.Uint64().Draw(t, "until"),
	}
	if h.Peg != order.NoPeg {
		h.Offset = rapid.Int32().Draw(t, "offset")
	}
	return h
}

// TestReplaceKeeps: a replacement differs from the order in what its flags name,
// and in nothing else.
func TestReplaceKeeps(t *testing.T) {
	p, m := records()
	rapid.Check(t, func(rt *rapid.T) {
		h := anyHandling(rt)
		terms := order.Terms{
			Limit: 1000 * rapid.Uint64Range(1, 1<<30).Draw(rt, "limit"), Qty: rapid.Uint64Range(1, 1<<30).Draw(rt, "qty"),
			Expiry: rapid.Uint32().Draw(rt, "expiry"), Band: rapid.Uint16().Draw(rt, "band"), MaxFee: rapid.Uint16().Draw(rt, "fee"),
		}
		terms.MinFill = rapid.Uint64Range(0, terms.Qty).Draw(rt, "min")
		apply := func(flags ...string) (order.Terms, order.Handling) {
			x, y, err := parsed(t, flags...).apply(p, m, terms, h, false)
			if err != nil {
				rt.Fatalf("%v: %v", flags, err)
			}
			return x, y
		}
		same := func(what string, x order.Terms, y order.Handling) {
			if d := cmp.Diff(terms, x) + cmp.Diff(h, y); d != "" {
				rt.Errorf("%s:\n%s", what, d)
			}
		}
		x, y := apply()
		same("nothing", x, y)
		x, y = apply("--natural=false", "--self-trade", "both", "--peg", "market", "--offset", "9")
		if y.Pool != order.All || y.SelfTrade != order.Both || y.Peg != order.Market || y.Offset != 9 {
			rt.Errorf("%+v", y)
		}
		y.Pool, y.SelfTrade, y.Peg, y.Offset = h.Pool, h.SelfTrade, h.Peg, h.Offset
		same("handling", x, y)
		x, y = apply("--tif", "gfa:7")
		if y.Auctions != 7 || y.Until != 0 || x.Expiry != math.MaxUint32 {
			rt.Errorf("%+v %+v", x, y)
		}
		x.Expiry, y.Auctions, y.Until = terms.Expiry, h.Auctions, h.Until
		same("time in force", x, y)
		x, y = apply("--peg", "none")
		if y.Peg != order.NoPeg || y.Offset != 0 || y.Validate() != nil {
			rt.Errorf("%+v", y)
		}
		y.Peg, y.Offset = h.Peg, h.Offset
		same("no peg", x, y)
		x, y = apply("--qty", "0.1")
		if x.Qty != 1 || x.MinFill != min(terms.MinFill, 1) {
			rt.Errorf("%+v", x)
		}
		x.Qty, x.MinFill = terms.Qty, terms.MinFill
		same("quantity", x, y)
	})
}

// TestForceIsReadable: a time in force that an order can have been given is
// shown as the flag that gives it.
func TestForceIsReadable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var h order.Handling
		if rapid.Bool().Draw(t, "counted") {
			h.Auctions = rapid.Uint16().Draw(t, "auctions")
		} else {
			h.Until = rapid.Uint64Range(0, 253_402_300_799).Draw(t, "until")
		}
		f, err := parseForce(showForce(h))
		if err != nil || f.auctions != h.Auctions || f.until != h.Until || f.whole || f.day {
			t.Fatalf("%s: %+v %v", showForce(h), f, err)
		}
	})
}

// TestPromise: the answer says what the order will do, and keeps what is proven
// apart from what is asked for.
func TestPromise(t *testing.T) {
	p, m := records()
	terms := order.Terms{Market: 3, Base: 1, Quote: 2, LotSize: m.LotSize, Side: order.Buy, Limit: 2_500_000, Qty: 100, MinFill: 5, Expiry: 1020, Band: 50, MaxFee: 5}
	got := promiseOf(p, terms, order.Handling{Peg: order.Primary, Offset: -2, SelfTrade: order.Both, Pool: order.Natural, Auctions: 3, Until: midnight(23)})
	want := promise{
		Covenant: []string{
			"buys up to 10 KSM, at 25 USD or less",
			"fills at least 0.5 KSM at a time, or all that is left",
			"trades at most 50 bp from the reference price",
			"trades in no block after 1020",
			"pays a fee of at most 5 bp",
		},
		Enclaves: []string{
			"let it follow the bid of the reference quote -2 ticks, never beyond its limit",
			"let it go after 3 auctions; the money left stays in it until you cancel",
			"let it go at 2026-11-23T00:00:00Z; the money left stays in it until you cancel",
			"if it would meet another order of yours: both sit out",
			"let it meet orders of natural counterparties only",
		},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	terms.Side, terms.MinFill, terms.Expiry, terms.Band = order.Sell, 100, math.MaxUint32, 0
	got = promiseOf(p, terms, order.Handling{Peg: order.Market})
	want = promise{
		Covenant: []string{
			"sells up to 10 KSM, at 25 USD or more", "fills as a whole or not at all", "trades at the reference price only", "pays a fee of at most 5 bp",
		},
		Enclaves: []string{
			"let it follow the bid of the reference quote, never beyond its limit",
			"keep it until it is filled or you take it out",
			"if it would meet another order of yours: the newer one sits out",
		},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestOrderView: orders show their handling to programs and to people.
func TestOrderView(t *testing.T) {
	p, m := records()
	o := &wallet.Order{
		Order:    order.Order{Asset: 1, Terms: order.Terms{Market: 3, Base: 1, Quote: 2, LotSize: m.LotSize, Limit: 2_500_000, Qty: 10, Expiry: 9999, Band: order.NoBand}},
		Handling: order.Handling{Peg: order.Mid, Offset: 3, SelfTrade: order.Decrement, Pool: order.Natural, Auctions: 2}, Status: wallet.Resting,
	}
	v := viewOrder(p, o, 1000)
	if v.Peg != "mid" || v.Offset != 3 || v.TIF != "gfa:2" || v.Self != "decrement" || v.Pool != "natural" {
		t.Errorf("%+v", v)
	}
	var text strings.Builder
	ordersResult{Orders: []orderView{v}}.print(&text)
	if !strings.Contains(text.String(), "mid+3 gfa:2 decrement natural") {
		t.Error(text.String())
	}
	o.Handling = order.Handling{}
	if v := viewOrder(p, o, 1000); v.Peg != "none" || v.TIF != "gtc" || v.Self != "newest" || v.Pool != "all" || v.handling != "" {
		t.Errorf("%+v", v)
	}
}
