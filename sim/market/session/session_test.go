package session

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/bot"
	"github.com/nightjar/nightjar/engine/auction"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/market/event"
	"github.com/nightjar/nightjar/sim/market/venue"
)

// busy is a run with makers and block traders.
func busy(seed uint64, markets int, blocks uint32) Config {
	c := Default(seed, markets)
	c.Blocks, c.Audit = blocks, 100
	c.Flow.Natural = 30
	for _, m := range c.Venue.Markets {
		for i := range 2 {
			c.Agents = append(c.Agents, Agent{"maker", m.ID, &bot.Maker{Lots: 400, Most: 4000, Peg: order.Mid, Offset: int32(1 + i), Skew: 4, Cap: 50, Refresh: 60e9}})
		}
		for i := range uint64(3) {
			c.Agents = append(c.Agents, Agent{"block", m.ID, &bot.Block{
				Side: order.Side(i % 2), Lots: 5000, MinFill: 500, Cap: 30, Start: (1 + 400*i) * 1e9, Wait: 300e9, Slices: 20,
			}})
		}
	}
	return c
}

func mustPlay(t *testing.T, c Config, l Listener) Result {
	t.Helper()
	r, err := Play(c, l)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestSeedIsARun(t *testing.T) {
	one, same, other := mustPlay(t, busy(1, 2, 1500), Listener{}), mustPlay(t, busy(1, 2, 1500), Listener{}), mustPlay(t, busy(2, 2, 1500), Listener{})
	if !cmp.Equal(one, same) {
		t.Error(cmp.Diff(one, same))
	}
	if one.Digest == other.Digest {
		t.Error("two seeds, one run")
	}
	if one.Count.Fills == 0 || one.Count.Refused > 0 {
		t.Errorf("%+v", one.Count)
	}
	for _, c := range one.Report.Traders {
		if c.Traded == 0 {
			t.Errorf("%s never traded", c.Trader)
		}
	}
}

// TestReplay: what a run writes gives the same auctions and the same report.
func TestReplay(t *testing.T) {
	var file bytes.Buffer
	w := event.NewWriter(&file)
	c := busy(3, 2, 1000)
	want := mustPlay(t, c, Listener{Record: w.Write})
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	got, err := Replay(c, event.NewReader(&file), Listener{})
	want.Fair = nil
	if err != nil || !cmp.Equal(want, got) {
		t.Error(err, cmp.Diff(want, got))
	}
}

// TestStrategiesHearTheTruth: what agents were told of their trades is what the
// venue did.
func TestStrategiesHearTheTruth(t *testing.T) {
	c := busy(5, 1, 1500)
	var told []*ledger
	for i := range c.Agents {
		l := &ledger{Strategy: c.Agents[i].Strategy}
		told = append(told, l)
		c.Agents[i].Strategy = l
	}
	venueSays := map[string]int64{}
	c.Flow.Noise = 800
	mustPlay(t, c, Listener{Block: func(now uint64, list []venue.Auction) {
		for _, a := range list {
			for _, f := range a.Fills {
				// What is matched in the last blocks is not settled yet.
				if a.Height+c.Venue.Settle < c.Blocks {
					venueSays[fmt.Sprint(f.Trader, f.Owner)] += signed(f.Side, f.Lots)
				}
			}
		}
	}})
	for i, l := range told {
		name := fmt.Sprint(c.Agents[i].Trader, i*accounts+1)
		if l.lots != venueSays[name] || l.matched < l.settled {
			t.Errorf("%s was told of %d lots, the venue says %d", name, l.lots, venueSays[name])
		}
	}
}

// ledger sums up what a strategy is told.
type ledger struct {
	bot.Strategy
	lots             int64
	matched, settled int
}

func signed(side order.Side, lots uint64) int64 {
	if side == order.Buy {
		return int64(lots)
	}
	return -int64(lots)
}

func (l *ledger) Act(v bot.View) []bot.Instruction {
	l.matched += len(v.Matched)
	for _, f := range v.Settled {
		l.lots += signed(f.Side, f.Lots)
		l.settled++
	}
	return l.Strategy.Act(v)
}

// script is a strategy that does one thing a block.
type script struct {
	steps [][]bot.Instruction
	seen  []bot.View
}

func (s *script) Act(v bot.View) []bot.Instruction {
	v.Gone, v.Outside, v.Settled = append([]uint64(nil), v.Gone...), append([]bot.Fill(nil), v.Outside...), append([]bot.Fill(nil), v.Settled...)
	v.Matched = append([]bot.Match(nil), v.Matched...)
	if s.seen = append(s.seen, v); len(s.seen) > len(s.steps) {
		return nil
	}
	return s.steps[len(s.seen)-1]
}

func scripted(t *testing.T, change func(*Config), steps ...[]bot.Instruction) []bot.View {
	t.Helper()
	c := Default(1, 1)
	c.Flow.Noise, c.Flow.Informed = 0, 0
	c.Venue.Interval, c.Venue.MinRest, c.Venue.Settle = 1, 0, 1
	c.Lit.Step, c.Lit.JumpEvery = 0, 0
	c.Blocks = uint32(len(steps) + 8)
	if change != nil {
		change(&c)
	}
	s := &script{steps: steps}
	c.Agents = []Agent{{"script", 1, s}}
	mustPlay(t, c, Listener{})
	return s.seen
}

func one(in ...bot.Instruction) []bot.Instruction { return in }

// TestNews: an agent's accounts trade with each other, hear of it once matched,
// by size class if so wanted, and again once settled.
func TestNews(t *testing.T) {
	place := func(account uint8, tag uint64, side order.Side, lots uint64) bot.Instruction {
		return bot.Instruction{Do: bot.Place, Account: account, Tag: tag, Side: side, Lots: lots, Limit: 1_000_000, Band: order.NoBand}
	}
	for _, classes := range []bool{false, true} {
		seen := scripted(t, func(c *Config) { c.Classes = classes }, one(place(0, 1, order.Buy, 7), place(1, 2, order.Sell, 7)))
		want := uint64(7)
		if classes {
			want = 4
		}
		if m := seen[1].Matched; len(m) != 2 || m[0].Lots != want {
			t.Errorf("%+v", m)
		}
		if f := seen[2].Settled; len(f) != 2 || f[0].Lots != 7 || f[0].Left != 0 {
			t.Errorf("%+v", f)
		}
	}
	seen := scripted(t, nil, one(place(0, 1, order.Buy, 7), place(0, 2, order.Sell, 7)))
	for _, v := range seen {
		if len(v.Matched) > 0 {
			t.Error("an account trades with itself")
		}
	}
}

// TestGone: an agent hears of what is refused, of what lapses, and of a change
// that came too late.
func TestGone(t *testing.T) {
	small := bot.Instruction{Do: bot.Place, Tag: 1, Side: order.Buy, Lots: 1, Limit: 1_000_000, Band: order.NoBand}
	brief := small
	brief.Tag, brief.Lots, brief.Handling = 2, 50, order.Handling{Until: 2}
	seen := scripted(t, func(c *Config) { c.Venue.Markets[0].MinQty = 10 }, one(small, brief), nil, one(bot.Instruction{Do: bot.Cancel, Tag: 2}))
	if !cmp.Equal(seen[1].Gone, []uint64{1}) || !cmp.Equal(seen[2].Gone, []uint64{2}) || len(seen[3].Gone) > 0 {
		t.Errorf("%v %v %v", seen[1].Gone, seen[2].Gone, seen[3].Gone)
	}
}

// TestOutside: a trade outside is told with its price and pushes the quote.
func TestOutside(t *testing.T) {
	seen := scripted(t, nil, one(bot.Instruction{Do: bot.Trade, Side: order.Buy, Lots: 1000}))
	if f := seen[1].Outside; len(f) != 1 || f[0].Price != 1_000_300 || seen[1].Quote.Mid <= seen[0].Quote.Mid {
		t.Errorf("%+v", f)
	}
}

// TestRecordings: what a file may not do.
func TestRecordings(t *testing.T) {
	const head = "time_ns,event,order,side,price,size,market,bid,ask\n"
	for _, c := range []struct {
		text string
		code rejection.Code
	}{
		{head + "5,add,1,buy,99,10,1,,\n99999999999999999,cancel,1,,,,1,,\n", rejection.BadFile},
		{head + "5,add,1,buy,99\n", rejection.BadFile},
	} {
		if _, err := Replay(Default(1, 1), event.NewReader(strings.NewReader(c.text)), Listener{}); !errors.Is(err, c.code) {
			t.Errorf("%q: %v", c.text, err)
		}
	}
	text := head + "1,quote,,,,,1,990000,1010000\n2,add,1,buy,1000000,10,1,,\n3,add,2,sell,1000000,4,1,,\n4,add,3,sell,1000000,4,7,,\n5,cancel,9,,,,1,,\n"
	r, err := Replay(Default(1, 1), event.NewReader(strings.NewReader(text)), Listener{})
	if err != nil || r.Count.Lots != 4 || r.Count.Refused != 1 || r.Count.Late != 1 || r.Left != 1 {
		t.Errorf("%+v, %v", r, err)
	}
}

var orders = flag.Uint64("orders", 20_000, "orders of TestMillion, or a little more")

// TestMillion: a seeded simulation over four markets, played twice. Every auction
// is checked by the venue, and everything it holds now and then; both runs make
// the same digest. `make sim-million` plays a million orders.
func TestMillion(t *testing.T) {
	blocks := uint32(*orders / 100)
	var results []Result
	for range 2 {
		c := busy(7, 4, blocks)
		c.Venue.Interval, c.Venue.Markets[1].MinQty = 4, 150
		c.Venue.MaxFills, c.Venue.SizeClasses = 256, []int{2, 8, 32, 64}
		c.Flow.Noise, c.Flow.Informed, c.Flow.Stay = 27_000, 3_000, 60e9
		reasons := map[auction.Reason]int{}
		full := 0
		r := mustPlay(t, c, Listener{Block: func(_ uint64, list []venue.Auction) {
			for _, a := range list {
				if reasons[a.Reason]++; len(a.Fills) == 64 {
					full++
				}
			}
		}})
		if reasons[auction.Cleared] == 0 || full == 0 {
			t.Errorf("%v, %d at the cap: the run shows nothing", reasons, full)
		}
		results = append(results, r)
	}
	r := results[0]
	if r.Count.Added < *orders || r.Count.Refused == 0 {
		t.Errorf("%+v", r.Count)
	}
	if !cmp.Equal(r, results[1]) {
		t.Error(cmp.Diff(r, results[1]))
	}
	t.Logf("%d orders, %d changed, %d auctions, %d fills, %d lots, digest %x", r.Count.Added, r.Count.Modified+r.Count.Cancelled, r.Count.Auctions, r.Count.Fills, r.Count.Lots, r.Digest[:8])
}
