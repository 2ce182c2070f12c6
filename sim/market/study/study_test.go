package study

import (
	"bytes"
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/bot"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/sim/market/session"
)

// TestSettings: each defence is alone in one setting and missing in one.
func TestSettings(t *testing.T) {
	alone, missing := Defence(0), Defence(0)
	names := map[string]bool{}
	for _, s := range Settings() {
		if names[s.Name] {
			t.Errorf("two settings are called %s", s.Name)
		}
		names[s.Name] = true
		for _, d := range Defences {
			if s.Defences == d.Defence {
				alone |= d.Defence
			}
			if s.Defences == All&^d.Defence {
				missing |= d.Defence
			}
		}
	}
	if alone != All&^Classes || missing != All {
		t.Errorf("alone %b, missing %b", alone, missing)
	}
}

// TestDefencesAreOn: a setting's run has what its defences say, and the same
// large orders as every other.
func TestDefencesAreOn(t *testing.T) {
	_, large, _ := Setting{}.run(3, false)
	c, same, p := Setting{Defences: All, Liar: true}.run(3, true)
	m := c.Venue.Markets[0]
	if m.MinQty != 100 || m.Halt != 15 || c.Venue.DefaultMinFill != 8 || c.Venue.MinRest != 12 || c.Venue.Predictable || !c.Classes ||
		c.Prints.Owners != 3 || p.Pool != order.Natural || p.Rules.Prompt || p.Rules.Predictable {
		t.Errorf("%+v %+v", c.Venue, p)
	}
	if len(large) < 4 || len(large) != len(same) {
		t.Fatalf("%d and %d large orders", len(large), len(same))
	}
	for i := range large {
		if large[i].Lots != same[i].Lots || large[i].Side != same[i].Side || large[i].Start != same[i].Start || same[i].Pool != order.Natural {
			t.Errorf("%+v and %+v", large[i], same[i])
		}
	}
	none, _, p := Setting{}.run(3, true)
	m = none.Venue.Markets[0]
	if m.MinQty != 1 || m.Halt != 65535 || none.Venue.DefaultMinFill != 0 || none.Venue.MinRest != 1 || !none.Venue.Predictable || none.Classes ||
		none.Prints.Owners != 0 || p.Pool != order.All || !p.Rules.Prompt {
		t.Errorf("%+v %+v", none.Venue, p)
	}
}

// TestRuns: the study of two seeds, made twice at once on all processors, gives
// one table and the same pictures.
func TestRuns(t *testing.T) {
	var two [2][]Outcome
	for i := range two {
		b := batch{}
		for _, s := range []Setting{{Plan: Plans[0]}, {Defences: All, Liar: true, Plan: Plans[3]}} {
			two[i] = append(two[i], b.add(s, 1, 2, true)...)
		}
		places := b.jobs
		if err := b.run(context.Background()); err != nil || b.done != 4 {
			t.Fatal(err, b.done)
		}
		for n, j := range places {
			two[i][n] = *j.out
		}
	}
	if !cmp.Equal(two[0], two[1]) || two[0][0] == two[0][1] {
		t.Error(cmp.Diff(two[0], two[1]))
	}
	if o := two[0][0]; o.Probes == 0 || o.Noise == 0 || o.Lots == 0 {
		t.Errorf("%+v", o)
	}
}

func TestInterrupted(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := Run(ctx, 2, nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestMean(t *testing.T) {
	m := mean([]float64{1, 2, 3, 4})
	if m.Mean != 2.5 || math.Abs(m.Half-2.01*math.Sqrt(5.0/3/4)) > 1e-12 {
		t.Errorf("%+v", m)
	}
}

func results() Results {
	r := Results{Seeds: 50, Impacts: []uint64{100, 300}, Cells: []Cell{
		{Name: "no defence", Plan: Plans[0], Profit: Mean{1.25, 0.5}, Filled: Mean{0.5, 0.1}},
		{Name: "all", Plan: Plans[5], Profit: Mean{-0.25, 0.125}, Harm: Mean{3, 1}},
	}}
	r.ByDepth = []Series{{"no defence", []Mean{{1, 0.5}, {2, 0.5}}}}
	return r
}

func TestPage(t *testing.T) {
	page := []byte("before\n" + begin + "ancient\n" + end + "after\n")
	one, err := results().Rewrite(page)
	if err != nil {
		t.Fatal(err)
	}
	if two, err := results().Rewrite(one); err != nil || !bytes.Equal(one, two) {
		t.Error("written again, the page is another one", err)
	}
	for _, want := range []string{"before\n", "after\n", "| no defence | probe 1, push 4000, bait 4000 | 1.25 ± 0.50 |", "hold | -0.25 ± 0.12 |", "| 3.0 bp |"} {
		if !strings.Contains(string(one), want) {
			t.Errorf("%q is not in\n%s", want, one)
		}
	}
	if bytes.Contains(one, []byte("ancient")) {
		t.Error("the old table is still there")
	}
	for _, page := range []string{"", begin, end + begin} {
		if _, err := results().Rewrite([]byte(page)); !errors.Is(err, rejection.BadFile) {
			t.Errorf("%q: %v", page, err)
		}
	}
	names := map[string]bool{}
	for _, p := range results().Plots() {
		names[p.Name] = true
		if !strings.HasPrefix(p.SVG, "<svg") || strings.Contains(p.SVG, "NaN") {
			t.Error(p.Name)
		}
	}
	if len(names) != 4 {
		t.Errorf("%v", names)
	}
}

// TestPingerFinds: a large buyer, and nobody else, is found and pushed; the
// pinger's books are those of the session.
func TestPingerFinds(t *testing.T) {
	for _, side := range []order.Side{order.Buy, order.Sell} {
		c, _, p := Setting{Plan: Plans[1]}.run(1, true)
		c.Blocks = 600
		c.Flow.Noise, c.Flow.Informed = 0, 0
		c.Lit.Step, c.Lit.JumpEvery = 0, 0
		c.Agents = []session.Agent{
			{Trader: "block", Market: 1, Strategy: &bot.Block{Side: side, Lots: 20_000, Cap: 50, Wait: 500e9, Slices: 10}},
			{Trader: "pinger", Market: 1, Strategy: p},
		}
		r, err := session.Play(c, session.Listener{})
		if err != nil {
			t.Fatal(err)
		}
		if p.Pushes == 0 || p.victim != side || p.Taken == 0 {
			t.Errorf("%v: %d probes, %d pushes, %d taken", side, p.Probes, p.Pushes, p.Taken)
		}
		if earned := p.Profit(r.Fair[0], c.Lit.HalfSpread); earned <= 0 {
			t.Errorf("%v: against one large order alone it earns %d", side, earned)
		}
	}
}

// TestPingerLeavesAlone: where nobody rests, it probes and never pushes.
func TestPingerLeavesAlone(t *testing.T) {
	c, _, p := Setting{Plan: Plans[1]}.run(1, true)
	c.Blocks = 600
	c.Flow.Noise, c.Flow.Informed = 0, 0
	c.Agents = []session.Agent{{Trader: "pinger", Market: 1, Strategy: p}}
	if _, err := session.Play(c, session.Listener{}); err != nil || p.Pushes > 0 || p.Probes < 10 || p.cash != 0 {
		t.Errorf("%d probes, %d pushes, %v", p.Probes, p.Pushes, err)
	}
}

// TestMoments: when a push is made, so that the quote moves just in time.
func TestMoments(t *testing.T) {
	for _, c := range []struct {
		rules Rules
		at    uint32
	}{
		{Rules{Interval: 12, Predictable: true}, 22}, // the call is in 23
		{Rules{Interval: 12}, 23},                    // the interval begins with 24
		{Rules{Interval: 12, Halted: true}, 22},      // the move is measured from 23 on
	} {
		p := Pinger{Rules: c.rules}
		for h := uint32(12); h < 24; h++ {
			if p.moment(h) != (h == c.at) {
				t.Errorf("%+v: %d", c.rules, h)
			}
		}
	}
}
