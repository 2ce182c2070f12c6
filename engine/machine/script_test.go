package machine

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/seal"
)

var update = flag.Bool("golden", false, "rewrite the golden files of testdata")

func sortLines(lines []string) { slices.Sort(lines) }

// TestScripts plays testdata/*.txt and compares what the machine shows after
// each block with the .golden file beside it. The commands are those of
// world.do; '#' starts a comment, which is copied to the golden file.
func TestScripts(t *testing.T) {
	scripts, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, script := range scripts {
		name := strings.TrimSuffix(filepath.Base(script), ".txt")
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(script)
			if err != nil {
				t.Fatal(err)
			}
			w := newWorld(t)
			var out strings.Builder
			for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
				if strings.HasPrefix(line, "#") {
					fmt.Fprintln(&out, line)
					continue
				}
				w.do(strings.Fields(line), &out)
			}
			golden := strings.TrimSuffix(script, ".txt") + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(out.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), out.String()); diff != "" {
				t.Fatalf("%s (-golden +now):\n%s", golden, diff)
			}
		})
	}
}

// do plays one command:
//
//	NAME OWNER buy|sell QTY LIMIT [market=N] [min=N] [band=N] [expiry=N]   announce an order
//	spend NAME           admit an action that cancels an order
//	soft NAME            soft cancel
//	all OWNER            cancel all
//	beat OWNER BLOCKS    heartbeat
//	reference BID ASK    of market 1, from the next block on
//	swing BP             of the reference of market 1, from the next block on
//	lock                 the next block includes the lock of the last auction that cleared
//	settle               the next block settles what is locked
//	block [N]            make N blocks, show the last
func (w *world) do(words []string, out *strings.Builder) {
	w.t.Helper()
	if len(words) == 0 {
		return
	}
	number := func(s string) (n uint64) {
		if _, err := fmt.Sscan(s, &n); err != nil {
			w.t.Fatalf("%q: %v", strings.Join(words, " "), err)
		}
		return n
	}
	switch words[0] {
	case "spend":
		if !w.spend(words[1]) {
			w.t.Fatalf("the ledger refuses to spend %s", words[1])
		}
	case "soft":
		o := w.orders[words[1]].order
		w.command(seal.Command{Kind: seal.Cancel, OCM: o.Commitment(), S: o.S})
	case "all":
		w.command(seal.Command{Kind: seal.CancelAll, OID: oid(words[1])})
	case "beat":
		w.command(seal.Command{Kind: seal.Heartbeat, OID: oid(words[1]), Blocks: uint32(number(words[2]))})
	case "reference":
		w.chain.Markets = slices.Clone(w.chain.Markets)
		w.chain.Markets[0].Reference = market.NewQuote(number(words[1]), number(words[2]))
	case "swing":
		w.chain.Markets = slices.Clone(w.chain.Markets)
		w.chain.Markets[0].Swing = uint16(number(words[1]))
	case "lock":
		matched := w.matched
		w.lockNow = &matched
	case "settle":
		w.settle = true
	case "block":
		n := uint64(1)
		if len(words) > 1 {
			n = number(words[1])
		}
		for range n {
			w.block()
			w.audit(w.last)
		}
		out.WriteString(w.String())
	default:
		w.announceWords(words, number)
	}
}

func (w *world) announceWords(words []string, number func(string) uint64) {
	w.t.Helper()
	side := order.Sell
	if words[2] == "buy" {
		side = order.Buy
	}
	id := uint32(1)
	for _, option := range words[5:] {
		if v, ok := strings.CutPrefix(option, "market="); ok {
			id = uint32(number(v))
		}
	}
	t := w.terms(id, side, number(words[3]), number(words[4]))
	for _, option := range words[5:] {
		key, v, _ := strings.Cut(option, "=")
		switch key {
		case "min":
			t.MinFill = number(v)
		case "band":
			t.Band = uint16(number(v))
		case "expiry":
			t.Expiry = uint32(number(v))
		}
	}
	w.place(words[0], words[1], t, order.Handling{})
}
