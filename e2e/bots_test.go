//go:build e2e

package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	reference "github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/scenario"
	"github.com/nightjar/nightjar/wallet"
)

// botLine is a line that a bot says.
type botLine struct {
	Event    string `json:"event"`
	OK       bool   `json:"ok"`
	Why      string `json:"why"`
	Position string `json:"position"`
	Left     any    `json:"left"` // of a fill; the orders, of a summary
	Fills    int    `json:"fills"`
	Bought   string `json:"bought"`
	Sold     string `json:"sold"`
}

// lines reads what a bot said, after its end.
func (c *command) lines(t *testing.T) (list []botLine) {
	t.Helper()
	<-c.done
	s := bufio.NewScanner(bytes.NewReader(c.out.Bytes()))
	for s.Scan() {
		var l botLine
		if err := json.Unmarshal(s.Bytes(), &l); err != nil {
			t.Fatalf("%s: %v", s.Text(), err)
		}
		list = append(list, l)
	}
	if len(list) == 0 {
		t.Fatalf("%s said nothing: %s", c.trader.name, c.err.Bytes())
	}
	return list
}

// ended demands that a bot ended well and for a reason, and returns its summary.
func (c *command) ended(t *testing.T, why string) botLine {
	t.Helper()
	list := c.lines(t)
	last := list[len(list)-1]
	if code := c.cmd.ProcessState.ExitCode(); code != 0 || last.Event != "summary" || !last.OK || last.Why != why {
		t.Fatalf("%s: exit %d: %s%s", c.trader.name, code, c.out.Bytes(), c.err.Bytes())
	}
	return last
}

// quotes are a trader's live orders, by side.
func quotes(tr *trader) (n [2]int) {
	for _, o := range tr.witness.Orders {
		if o.Live() {
			n[o.Order.Terms.Side]++
		}
	}
	return n
}

// TestBots: a market maker and block traders, each a process with a wallet of its
// own, trade on a devnet while the reference moves. The maker is killed and started
// again on the way. At the end no order is left, and every wallet has what its
// fills say.
func TestBots(t *testing.T) {
	ctx := t.Context()
	rules, err := scenario.Parse(scenario.Default)
	if err != nil {
		t.Fatal(err)
	}
	n := start(ctx, t, rules)
	mia, bob, sue := n.newTrader(ctx, t, "mia"), n.newTrader(ctx, t, "bob"), n.newTrader(ctx, t, "sue")
	n.awaitBook(ctx, t)
	for _, d := range []struct {
		who   *trader
		asset uint32
		units uint64
	}{
		{mia, 1, 100e9}, {mia, 2, 3000e6}, {bob, 1, 1e9}, {bob, 2, 1000e6}, {sue, 1, 20e9},
	} {
		n.deposit(ctx, t, d.who, d.asset, d.units)
	}
	const patience = 6 * time.Minute // a proof takes long beside others
	making := []string{"bot", "maker", "--market", "KSM/USD", "--size", "5", "--max-position", "10", "--max-loss", "50", "--offset", "1", "--heartbeat", "200"}
	quoting := func() {
		t.Helper()
		await(ctx, t, "the maker quotes both sides", patience, func(ctx context.Context) (bool, error) {
			err := n.watch(ctx)
			return quotes(mia) == [2]int{1, 1}, err
		})
	}
	block := func(tr *trader, side, size string) botLine {
		t.Helper()
		c := n.begin(ctx, t, tr, "bot", "block", "--market", "KSM/USD", "--side", side, "--size", size, "--cap", "200", "--offset", "4", "--heartbeat", "200")
		await(ctx, t, tr.name+"'s block is traded", patience, func(context.Context) (bool, error) {
			select {
			case <-c.done:
				return true, nil
			default:
				return false, nil
			}
		})
		return c.ended(t, "finished")
	}

	maker := n.begin(ctx, t, mia, making...)
	quoting()
	if s := block(bob, "buy", "8"); s.Bought != "8" || s.Position != "8" { // in parts: more than the maker shows at once
		t.Errorf("bob: %+v", s)
	}
	// The maker dies with its orders in the book, and goes on.
	if err := maker.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-maker.done
	if err := n.SetPrice(0, reference.Quote{Bid: 2_508_000, Ask: 2_512_000}); err != nil {
		t.Fatal(err)
	}
	maker = n.begin(ctx, t, mia, making...)
	if s := block(sue, "sell", "6"); s.Sold != "6" {
		t.Errorf("sue: %+v", s)
	}
	quoting()
	if err := maker.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if s := maker.ended(t, "interrupted"); s.Sold != "8" || s.Bought != "6" || s.Position != "-2" {
		t.Errorf("the maker: %+v", s)
	}
	for _, l := range maker.lines(t) {
		if slices.Contains([]string{"failed", "left"}, l.Event) {
			t.Logf("the maker: %+v", l)
		}
	}
	for _, tr := range n.traders {
		n.checkWallet(ctx, t, tr)
		if quotes(tr) != [2]int{} {
			t.Errorf("%s has orders left: %v", tr.name, quotes(tr))
		}
		if fills := len(tr.witness.Fills); fills == 0 {
			t.Errorf("%s never traded", tr.name)
		}
		if at := position(tr.witness); at < -100 || at > 100 {
			t.Errorf("%s is at %d lots", tr.name, at)
		}
	}
	report := n.verify(ctx, t)
	n.must(ctx, t, mia, new(any), "verify")
	t.Log(summary(n), report.Checked)
}

// position sums up a wallet's fills, in lots.
func position(s *wallet.State) (lots int64) {
	for _, f := range s.Fills {
		if f.Side == order.Buy {
			lots += int64(f.Lots)
		} else {
			lots -= int64(f.Lots)
		}
	}
	return lots
}

func summary(n *network) (text string) {
	for _, tr := range n.traders {
		text += fmt.Sprintf("%s: %d fills, %d entries; ", tr.name, len(tr.witness.Fills), len(tr.witness.History))
	}
	return text
}
