package scenario

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// last parses base with more lines and returns the last event.
func last(t testing.TB, lines ...string) Event {
	t.Helper()
	s, err := Parse([]byte(base + strings.Join(lines, "\n") + "\n"))
	if err != nil {
		t.Fatalf("%v: %v", lines, err)
	}
	return s.Steps[len(s.Steps)-1].Do
}

const buys = "order bob b buy 2 KSM/USD limit 20"

// TestOptions: each option sets its own field, in any sequence.
func TestOptions(t *testing.T) {
	bare := last(t, buys).(Order)
	if bare.MinFill != 0 || bare.Band != order.NoBand || bare.MaxFee != 5 || bare.Life != DefaultLife || bare.Handling != (order.Handling{}) {
		t.Fatalf("%+v", bare)
	}
	for text, edit := range map[string]func(*Order){
		"min 0.5":                     func(o *Order) { o.MinFill = 5 },
		"aon":                         func(o *Order) { o.MinFill = 20 },
		"band 0":                      func(o *Order) { o.Band = 0 },
		"max-fee 9":                   func(o *Order) { o.MaxFee = 9 },
		"life 7":                      func(o *Order) { o.Life = 7 },
		"tif gtc":                     func(*Order) {},
		"tif day":                     func(o *Order) { o.Day = true },
		"tif gtd:+60":                 func(o *Order) { o.Seconds = 60 },
		"tif gfa:65535":               func(o *Order) { o.Handling.Auctions = 65535 },
		"tif ioc":                     func(o *Order) { o.Handling.Auctions = 1 },
		"tif ioc min 2":               func(o *Order) { o.Handling.Auctions, o.MinFill = 1, 20 },
		"tif fok":                     func(o *Order) { o.Handling.Auctions, o.MinFill = 1, 20 },
		"aon tif fok":                 func(o *Order) { o.Handling.Auctions, o.MinFill = 1, 20 },
		"peg mid":                     func(o *Order) { o.Handling.Peg = order.Mid },
		"peg none":                    func(*Order) {},
		"offset -3 peg primary":       func(o *Order) { o.Handling.Peg, o.Handling.Offset = order.Primary, -3 },
		"peg market offset +3":        func(o *Order) { o.Handling.Peg, o.Handling.Offset = order.Market, 3 },
		"self-trade newest":           func(*Order) {},
		"self-trade oldest":           func(o *Order) { o.Handling.SelfTrade = order.Oldest },
		"self-trade both":             func(o *Order) { o.Handling.SelfTrade = order.Both },
		"self-trade decrement":        func(o *Order) { o.Handling.SelfTrade = order.Decrement },
		"pool all":                    func(*Order) {},
		"pool natural":                func(o *Order) { o.Handling.Pool = order.Natural },
		"pool natural band 1 peg mid": func(o *Order) { o.Handling.Pool, o.Band, o.Handling.Peg = order.Natural, 1, order.Mid },
	} {
		want := bare
		edit(&want)
		if d := cmp.Diff(want, last(t, buys+" "+text)); d != "" {
			t.Errorf("%s:\n%s", text, d)
		}
	}
}

// TestReplaceOptions: a replacement keeps what it does not name.
func TestReplaceOptions(t *testing.T) {
	const first = buys + " min 1 band 40 max-fee 9 tif gtd:+60 peg mid offset 4 self-trade both pool natural"
	was := last(t, first).(Order)
	was.Qty, was.Limit = 15, 1_900_000
	const again = "replace bob b qty 1.5 limit 19"
	for text, edit := range map[string]func(*Replace){
		"":            func(*Replace) {},
		"aon":         func(r *Replace) { r.MinFill = 15 },
		"peg none":    func(r *Replace) { r.Handling.Peg, r.Handling.Offset = order.NoPeg, 0 },
		"peg primary": func(r *Replace) { r.Handling.Peg = order.Primary },
		"offset 0":    func(r *Replace) { r.Handling.Offset = 0 },
		"tif gtc":     func(r *Replace) { r.Seconds, r.Renew = 0, true },
		"tif fok":     func(r *Replace) { r.Seconds, r.Renew, r.Handling.Auctions, r.MinFill = 0, true, 1, 15 },
		"life 9":      func(r *Replace) { r.Life, r.Renew = 9, true },
		"pool all":    func(r *Replace) { r.Handling.Pool = order.All },
	} {
		want := Replace{Order: was}
		edit(&want)
		if d := cmp.Diff(want, last(t, first, again+" "+text)); d != "" {
			t.Errorf("%s:\n%s", text, d)
		}
	}
	if r := last(t, first, "replace bob b qty 0.4 limit 19").(Replace); r.MinFill != 4 {
		t.Errorf("a minimum above the quantity: %+v", r)
	}
}

// TestOptionsRefused: every contradiction is refused with its line.
func TestOptionsRefused(t *testing.T) {
	for _, options := range []string{
		"min 1 min 1", "aon aon", "aon min 1", "min 1 aon", "tif fok min 1", "min 2 tif fok",
		"min 0", "min 2.1", "min", "band", "band 65536", "max-fee 4", "life 0",
		"tif", "tif forever", "tif gtc:1", "tif day:1", "tif ioc:1", "tif fok:1",
		"tif gfa", "tif gfa:0", "tif gfa:65536", "tif gfa:+1",
		"tif gtd", "tif gtd:", "tif gtd:60", "tif gtd:+0", "tif gtd:+4294967296", "tif gtd:2027-01-31T17:00:00Z",
		"tif ioc tif gtc", "peg", "peg last", "peg mid peg mid", "offset 1", "offset 0", "peg none offset 1",
		"peg mid offset", "peg mid offset 1.5", "peg mid offset 2147483648", "peg mid offset x",
		"self-trade", "self-trade never", "pool", "pool mine", "natural", "hidden 1",
	} {
		for _, lines := range []string{buys + " " + options, buys + "\nreplace bob b qty 2 limit 20 " + options} {
			_, err := Parse([]byte(base + lines))
			line := fmt.Sprintf("line %d:", 11+strings.Count(lines, "\n"))
			if !errors.Is(err, rejection.BadScenario) || !strings.Contains(err.Error(), line) {
				t.Errorf("%s: %v", lines, err)
			}
		}
	}
}

func TestOrderEvents(t *testing.T) {
	if e := last(t, "heartbeat alice 8").(Heartbeat); e != (Heartbeat{0, 8}) {
		t.Errorf("%+v", e)
	}
	if e := last(t, "heartbeat alice 0").(Heartbeat); e.Blocks != 0 {
		t.Errorf("%+v", e)
	}
	if e := last(t, "expect filled alice a 1.5").(ExpectFilled); e != (ExpectFilled{0, "a", 15}) {
		t.Errorf("%+v", e)
	}
	if e := last(t, "cancel alice a", "expect filled alice a 0").(ExpectFilled); e.Lots != 0 {
		t.Errorf("%+v", e)
	}
	for _, line := range []string{
		"heartbeat alice", "heartbeat carol 8", "heartbeat alice -1",
		"expect filled alice", "expect filled bob a 1", "expect filled alice x 0", "expect filled alice a 0.05", "expect filled alice a -1",
	} {
		if _, err := Parse([]byte(base + line)); !errors.Is(err, rejection.BadScenario) || !strings.Contains(err.Error(), "line 11:") {
			t.Errorf("%s: %v", line, err)
		}
	}
}

// TestOptionsAnySequence: the sequence of options changes nothing.
func TestOptionsAnySequence(t *testing.T) {
	options := []string{"min 0.3", "band 7", "max-fee 8", "life 99", "tif gfa:3", "peg market", "offset -9", "self-trade oldest", "pool natural"}
	want := last(t, buys+" "+strings.Join(options, " "))
	rapid.Check(t, func(rt *rapid.T) {
		text := buys + " " + strings.Join(rapid.Permutation(options).Draw(rt, "options"), " ")
		if d := cmp.Diff(want, last(t, text)); d != "" {
			rt.Errorf("%s:\n%s", text, d)
		}
	})
}
