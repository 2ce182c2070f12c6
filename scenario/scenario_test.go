package scenario

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/rejection"
)

func TestParseShipped(t *testing.T) {
	if _, err := Parse(Default); err != nil {
		t.Error("the default scenario:", err)
	}
	files, err := filepath.Glob("testdata/*.scenario")
	if err != nil || len(files) == 0 {
		t.Fatal("no other scenario ships", err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(text); err != nil {
			t.Errorf("%s: %v", f, err)
		}
	}
}

// base is a correct scenario; each refusal below adds one wrong line to it.
const base = `asset USD 6 exit-fee 0.01
asset KSM 9
fee 0.02
market KSM/USD lot 0.1 tick 0.01 fee 5 collar 1000
trader alice
trader bob
deposit alice 10 KSM
deposit alice 1 USD
deposit bob 100 USD
order alice a sell 5 KSM/USD limit 25
`

func TestParse(t *testing.T) {
	s, err := Parse([]byte(base))
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Markets[0]; got.LotSize != 100_000_000 || got.Tick != 1000 {
		t.Errorf("market: %+v", got)
	}
	o := s.Steps[3].Do.(Order)
	if o.Qty != 50 || o.Limit != 2_500_000 || o.Buy || s.Steps[3].Line != 10 {
		t.Errorf("order: %+v", o)
	}
}

// TestExternal: what comes from another chain is declared with all that a
// genesis says of it, and is never minted.
func TestExternal(t *testing.T) {
	const head = "asset USD 6\nasset KSM 9 exit-fee 0.001 chain 7 external "
	const tail = "\nprice KSM/USD 20\n"
	const pair = "\nmarket KSM/USD lot 0.1 tick 0.01 fee 5 collar 1000\ntrader alice"
	for text, want := range map[string]External{
		"native external-decimals 12": {Chain: 7, Name: []byte{0}, Decimals: 12, MinDeposit: 1, MaxDeposit: MaxDeposit, MaxSupply: MaxDeposit},
		"assets:513 external-decimals 9 min 0.5 max 10 cap 100": {
			Chain: 7, Name: []byte{1, 1, 2, 0, 0}, Decimals: 9, MinDeposit: 5e8, MaxDeposit: 10e9, MaxSupply: 100e9},
		"foreign:0102ff external-decimals 38 cap 0.000000001": {
			Chain: 7, Name: []byte{2, 1, 2, 255}, Decimals: 38, MinDeposit: 1, MaxDeposit: MaxDeposit, MaxSupply: 1},
	} {
		s, err := Parse([]byte(head + text + pair + tail))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if diff := cmp.Diff(&want, s.Assets[1].External); diff != "" || s.Assets[0].External != nil || s.Assets[1].ExitFee != 1e6 {
			t.Errorf("%s: %s", text, diff)
		}
	}
	whole := head + "native external-decimals 12"
	for name, text := range map[string]string{
		"no name":                head,
		"an unknown name":        head + "relay external-decimals 12",
		"no decimals":            head + "native",
		"fewer decimals":         head + "native external-decimals 8",
		"too many decimals":      head + "native external-decimals 39",
		"a number past 32 bits":  head + "assets:4294967296 external-decimals 12",
		"a location that is not": head + "foreign:0g external-decimals 12",
		"an empty location":      head + "foreign: external-decimals 12",
		"a long location":        head + "foreign:" + strings.Repeat("00", 128) + " external-decimals 12",
		"chain 0":                strings.Replace(whole, "chain 7", "chain 0", 1),
		"limits that cross":      whole + " min 2 max 1",
		"a cap of nothing":       whole + " cap 0",
		"the same twice":         whole + "\nasset DOT 9 chain 7 external native external-decimals 10",
		"minted":                 whole + pair + "\ndeposit alice 1 KSM",
	} {
		if _, err := Parse([]byte(text)); !errors.Is(err, rejection.BadScenario) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestPrices: a price has as many decimals as its lots give it, not only those
// of the quote asset.
func TestPrices(t *testing.T) {
	const head = "asset GAS 0\nasset TKN 0\nasset KSM 9\nmarket GAS/TKN lot 5 tick 0.4 fee 0 collar 0\n" +
		"market KSM/TKN lot 0.5 tick 2 fee 0 collar 0\nmarket GAS/KSM lot 1 tick 0.000000001 fee 0 collar 0\n"
	for text, want := range map[string]uint64{
		"GAS/TKN 0.2": 1, "GAS/TKN 7": 35, "KSM/TKN 4": 2, "GAS/KSM 18446744073.709551615": 1<<64 - 1,
		"GAS/TKN 0.1": 0, "KSM/TKN 1": 0, "GAS/KSM 18446744073.709551616": 0, "GAS/KSM 0": 0, "GAS/KSM x": 0,
	} {
		s, err := Parse([]byte(head + "price " + text))
		if want == 0 && !errors.Is(err, rejection.BadScenario) || want > 0 && err != nil {
			t.Errorf("%s: %v", text, err)
		} else if want > 0 && s.Steps[0].Do.(Price).Price != market.NewQuote(want, want) {
			t.Errorf("%s: %+v", text, s.Steps[0].Do)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for name, line := range map[string]string{
		"unknown statement":      "dance alice",
		"late declaration":       "trader carol",
		"unknown trader":         "deposit carol 1 USD",
		"unknown asset":          "deposit bob 1 EUR",
		"unknown market":         "price EUR/USD 1",
		"no price":               "price KSM/USD",
		"a bid above its ask":    "price KSM/USD 25.01 25",
		"an ask off the tick":    "price KSM/USD 25 25.001",
		"an ask of zero":         "price KSM/USD 25 0",
		"a third price":          "price KSM/USD 25 26 27",
		"zero amount":            "deposit bob 0 USD",
		"negative amount":        "deposit bob -1 USD",
		"over-precise amount":    "deposit bob 0.0000001 USD",
		"too large an amount":    "deposit bob 99999999999999999999 USD",
		"not a side":             "order bob b hold 1 KSM/USD limit 20",
		"not whole lots":         "order bob b buy 1.05 KSM/USD limit 20",
		"off the tick":           "order bob b buy 1 KSM/USD limit 20.001",
		"no limit":               "order bob b buy 1 KSM/USD",
		"more than it has":       "order bob b buy 5 KSM/USD limit 25",
		"fills without a sync":   "transfer alice bob 2 USD",
		"to oneself":             "transfer alice alice 1 KSM",
		"no fee":                 "withdraw alice 1 USD to 0x01",
		"minimum over quantity":  "order bob b buy 1 KSM/USD limit 20 min 2",
		"duplicate id":           "order alice a sell 1 KSM/USD limit 25",
		"cancel of nothing":      "cancel bob a",
		"exit of nothing":        "exit bob a to 0x01",
		"not hexadecimal":        "exit alice a to 0xzz",
		"kill the node":          "kill node",
		"below the market's fee": "order bob b buy 1 KSM/USD limit 20 max-fee 4",
		"more than can be":       "deposit bob 4611686018.5 KSM",
		"more than can be, all":  "deposit bob 4611686018 KSM",
		"words left over":        "sync now",
		"cut short":              "order bob",
	} {
		_, err := Parse([]byte(base + line + "\n"))
		if !errors.Is(err, rejection.BadScenario) || !strings.Contains(err.Error(), "line 11:") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, last := range map[string]string{
		"a tick beyond all prices": "market KSM/USD lot 10 tick 18446744073.7 fee 5 collar 1000",
		"a lot beyond all amounts": "market KSM/USD lot 100000000000 tick 1 fee 5 collar 1000",
		"a name beyond all files":  "trader " + strings.Repeat("x", 33),
		"a replacement too small": "market KSM/USD lot 0.1 tick 0.01 fee 5 collar 1000 min 1\ntrader al\ndeposit al 9 KSM\n" +
			"order al a sell 2 KSM/USD limit 5\nreplace al a qty 0.5 limit 5",
	} {
		text := "asset USD 9\nasset KSM 9\n" + last
		line := fmt.Sprintf("line %d:", strings.Count(text, "\n")+1)
		if _, err := Parse([]byte(text)); !errors.Is(err, rejection.BadScenario) || !strings.Contains(err.Error(), line) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, text := range map[string]string{
		"empty":           "",
		"nothing happens": "asset USD 6\n",
		"too large":       strings.Repeat("#", MaxBytes+1),
		"binary":          "\x00\xff\xfe",
	} {
		if _, err := Parse([]byte(text)); !errors.Is(err, rejection.BadScenario) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(base))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := Parse(text)
		if err != nil && !errors.Is(err, rejection.BadScenario) {
			t.Fatal("an error without its code:", err)
		}
		if err == nil && len(s.Steps) == 0 {
			t.Fatal("accepted a scenario without events")
		}
	})
}
