package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/bot"
	"github.com/nightjar/nightjar/bot/live"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/wallet"
)

// TestBotNeedsBounds: a bot without bounds, or with flags that mean nothing, does
// not start, and nothing is opened for it.
func TestBotNeedsBounds(t *testing.T) {
	c := newCLI(t)
	maker := "bot maker --market KSM/USD --size 5 --max-position 20 --max-loss 10"
	block := "bot block --market KSM/USD --size 5 --side buy --cap 50"
	for _, line := range []string{
		"bot maker", "bot block", "bot taker",
		strings.Replace(maker, "--max-position 20", "", 1), strings.Replace(maker, "--max-loss 10", "", 1),
		strings.Replace(maker, "--market KSM/USD", "", 1), strings.Replace(maker, "--size 5", "", 1),
		strings.Replace(block, "--cap 50", "", 1), strings.Replace(block, "--side buy", "", 1), strings.Replace(block, "--cap 50", "--cap 10001", 1),
		maker + " --peg market", maker + " --offset -1", maker + " --skew -1", maker + " --cap 0", maker + " --refresh 1s",
		maker + " --heartbeat 10", maker + " --stop-timeout 0s", maker + " --offline", block + " --wait 1s", maker + " now",
	} {
		c.refused(rejection.BadFlag, "", strings.Fields(line)...)
	}
}

// TestBotLines: an event is one line, and one JSON value.
func TestBotLines(t *testing.T) {
	p, m := records()
	var out bytes.Buffer
	a := &app{stdout: &out}
	at := &trading{session: &session{app: a}, flags: new(botFlags), params: p, market: m}
	id := wallet.ID{0xab, 0xcd}
	for _, c := range []struct {
		event live.Event
		text  string
		json  botLine
	}{
		{
			live.Event{Kind: live.Placing, Height: 7, Order: id, Position: -20, What: bot.Instruction{
				Side: order.Buy, Limit: 2_500_000, Lots: 30, MinFill: 5, Handling: order.Handling{Peg: order.Mid, Offset: -2},
			}},
			"00:00:00  block 7  place      buy 3 KSM at mid-2, limit 25, order abcd000000\n",
			botLine{Event: "place", Height: 7, Side: "buy", Qty: "3", Limit: "25", Peg: "mid-2", MinFill: "0.5", Position: "-2"},
		},
		{
			live.Event{Kind: live.Filled, Height: 8, Order: id, Position: 30, Fill: wallet.Fill{Side: order.Sell, Lots: 10, Price: 2_500_000, Fee: 12_500, Left: 20}},
			"00:00:00  block 8  fill       sell 1 KSM at 25, fee 0.0125, 2 left in order abcd000000; position 3\n",
			botLine{Event: "fill", Height: 8, Side: "sell", Qty: "1", Price: "25", Fee: "0.0125", Left: "2", Position: "3"},
		},
		{
			live.Event{Kind: live.Refused, Height: 9, Err: rejection.New(rejection.NotEnoughFunds, "1 KSM needed"), Order: id},
			"00:00:00  block 9  refused    NOT_ENOUGH_FUNDS  1 KSM needed\n",
			botLine{Event: "refused", Height: 9, Position: "0", Code: "NOT_ENOUGH_FUNDS", Detail: "1 KSM needed"},
		},
		{
			live.Event{Kind: live.Away, Height: 9, Err: errors.New("no route"), Order: id},
			"00:00:00  block 9  away       no route\n", botLine{Event: "away", Height: 9, Position: "0", Detail: "no route"},
		},
	} {
		a.json = false
		out.Reset()
		at.report(c.event)
		if d := cmp.Diff(c.text, out.String()); d != "" {
			t.Error(d)
		}
		a.json = true
		out.Reset()
		at.report(c.event)
		var got botLine
		if err := json.Unmarshal(out.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		c.json.Order, c.json.Time = id.String(), "1970-01-01T00:00:00Z"
		if d := cmp.Diff(c.json, got); d != "" {
			t.Error(d)
		}
	}
}
