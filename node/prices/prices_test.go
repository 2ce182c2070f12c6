package prices

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nightjar/nightjar/protocol/oracle"
	"github.com/nightjar/nightjar/protocol/rejection"
)

func TestTableAt(t *testing.T) {
	byHeight := "# reference prices\n\nheight,market,bid,ask\n1,0,99,101\n5,1,7,7\n10,0,108,113\n20,0,0,0\n"
	byTime := "time,market,bid,ask\n1000,3,5,6\n2000,3,6,18446744073709551615\n"
	for _, c := range []struct {
		name   string
		text   string
		height uint64
		unix   int64
		want   []oracle.Price
	}{
		{"before the first row", byHeight, 0, 0, nil},
		{"one market", byHeight, 1, 0, []oracle.Price{{Market: 0, Bid: 99, Ask: 101}}},
		{"two markets", byHeight, 9, 0, []oracle.Price{{Market: 0, Bid: 99, Ask: 101}, {Market: 1, Bid: 7, Ask: 7}}},
		{"a row replaces the last", byHeight, 10, 0, []oracle.Price{{Market: 0, Bid: 108, Ask: 113}, {Market: 1, Bid: 7, Ask: 7}}},
		{"zero withdraws", byHeight, 25, 0, []oracle.Price{{Market: 1, Bid: 7, Ask: 7}}},
		{"time ignores the height", byTime, 9999, 1500, []oracle.Price{{Market: 3, Bid: 5, Ask: 6}}},
		{"time", byTime, 0, 2000, []oracle.Price{{Market: 3, Bid: 6, Ask: 1<<64 - 1}}},
		{"before 1970", byTime, 0, -1, nil},
	} {
		table, err := Parse([]byte(c.text))
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if diff := cmp.Diff(c.want, table.At(c.height, time.Unix(c.unix, 0))); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"empty":           "",
		"no header":       "1,0,5,5\n",
		"other axis":      "block,market,bid,ask\n",
		"columns swapped": "height,market,ask,bid\n",
		"one price":       "height,market,price\n1,0,5\n",
		"two columns":     "height,market,bid,ask\n1,2\n",
		"three columns":   "height,market,bid,ask\n1,2,3\n",
		"five columns":    "height,market,bid,ask\n1,2,3,4,5\n",
		"crossed":         "height,market,bid,ask\n1,0,6,5\n",
		"no bid":          "height,market,bid,ask\n1,0,0,5\n",
		"no ask":          "height,market,bid,ask\n1,0,5,0\n",
		"an empty ask":    "height,market,bid,ask\n1,0,5,\n",
		"negative":        "height,market,bid,ask\n1,0,-5,5\n",
		"fraction":        "height,market,bid,ask\n1,0,5.5,6\n",
		"too large":       "height,market,bid,ask\n1,0,5,18446744073709551616\n",
		"no such market":  "height,market,bid,ask\n1,729,5,5\n",
		"nor any":         "height,market,bid,ask\n1,4294967296,5,5\n",
		"not ascending":   "height,market,bid,ask\n5,0,5,5\n5,0,6,6\n",
		"half a line":     "height,market,bid,ask\n5,0,5,5\n6,0,7",
		"half a number":   "height,market,bid,ask\n5,0,5,5\n6,0,1,1",
	} {
		if _, err := Parse([]byte(text)); !errors.Is(err, rejection.BadFile) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFileIsReadAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "prices.csv")
	f := Open(path)
	at := func() []oracle.Price {
		t.Helper()
		p, err := f.Prices(1, time.Time{})
		if err != nil {
			return nil
		}
		return p
	}
	put := func(text string) {
		t.Helper()
		// Replaced as an operator should: write aside, then rename.
		if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path+".new", path); err != nil {
			t.Fatal(err)
		}
	}
	if at() != nil {
		t.Fatal("a missing file has prices")
	}
	put("height,market,bid,ask\n1,0,99,101\n")
	if diff := cmp.Diff([]oracle.Price{{Market: 0, Bid: 99, Ask: 101}}, at()); diff != "" {
		t.Fatal(diff)
	}
	put("height,market,bid,ask\n1,0,99,102\n")
	if diff := cmp.Diff([]oracle.Price{{Market: 0, Bid: 99, Ask: 102}}, at()); diff != "" {
		t.Fatal(diff)
	}
	put("garbage\n")
	if at() != nil {
		t.Fatal("a wrong file must yield no opinion, not the previous one")
	}
	put("height,market,bid,ask\n1,0,100,102\n")
	if diff := cmp.Diff([]oracle.Price{{Market: 0, Bid: 100, Ask: 102}}, at()); diff != "" {
		t.Fatal(diff)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("height,market,bid,ask\n1,0,99,101\n5,1,7,7\n"))
	f.Add([]byte("time,market,bid,ask\n\n# c\n1,0,0,0\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		table, err := Parse(text)
		if err != nil {
			if !errors.Is(err, rejection.BadFile) {
				t.Fatalf("untyped: %v", err)
			}
			return
		}
		prices := table.At(5, time.Unix(5, 0))
		for i, p := range prices {
			if p.Bid == 0 || p.Bid > p.Ask || i > 0 && prices[i-1].Market >= p.Market {
				t.Fatalf("%v", prices)
			}
		}
	})
}
