package prices

import (
	"bufio"
	"bytes"
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/oracle"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// Axis is what the first column of a table counts.
type Axis string

// The two axes, as the header line spells them.
const (
	ByHeight Axis = "height" // block heights
	ByTime   Axis = "time"   // seconds since 1970 UTC, compared with block time
)

// columns are what the header line says after its axis.
var columns = []string{"market", "bid", "ask"}

// row says that a market has a quote from a point of the axis on; a quote of
// zeros is none.
type row struct {
	from uint64
	oracle.Price
}

// Table is a parsed price file: for each market, quotes from points on.
type Table struct {
	axis Axis
	rows []row // by market, then by from; no two equal
}

// Parse reads a price file:
//
//	height,market,bid,ask
//	1,0,31490,31510
//	40,0,31740,31760
//	40,1,0,0
//
// The header names the axis ("height" or "time"). A row holds from its point
// until the market's next row; 0,0 withdraws the opinion. Empty lines and
// lines that start with # are skipped. A bid is at most its ask. Rows of one
// market are in strictly ascending order, and the last line ends like every
// other, so that a file cut short inside a number is noticed. Everything else is
// BAD_FILE with the line's number.
func Parse(text []byte) (Table, error) {
	var t Table
	bad := func(line int, what string) (Table, error) {
		return Table{}, rejection.New(rejection.BadFile, "price file, line %d: %s", line, what)
	}
	lastFrom := map[uint32]uint64{}
	lines := bufio.NewScanner(bytes.NewReader(text))
	n := 0
	for lines.Scan() {
		n++
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		cells := strings.Split(line, ",")
		if t.axis == "" {
			t.axis = Axis(cells[0])
			if t.axis != ByHeight && t.axis != ByTime || !slices.Equal(cells[1:], columns) {
				return bad(n, `the header is neither "height,market,bid,ask" nor "time,market,bid,ask"`)
			}
			continue
		}
		from, price, wrong := readRow(cells)
		if wrong != "" {
			return bad(n, wrong)
		}
		if last, seen := lastFrom[price.Market]; seen && from <= last {
			return bad(n, "rows of one market are not in ascending order")
		}
		lastFrom[price.Market] = from
		t.rows = append(t.rows, row{from, price})
	}
	if err := lines.Err(); err != nil {
		return bad(n+1, "line too long")
	}
	if t.axis == "" {
		return bad(n+1, "no header")
	}
	if text[len(text)-1] != '\n' {
		return bad(n, "the last line has no end: the file was cut short")
	}
	slices.SortStableFunc(t.rows, func(a, b row) int { return cmp.Compare(a.Market, b.Market) })
	return t, nil
}

// readRow reads the cells of one line; wrong says what is wrong with them.
func readRow(cells []string) (from uint64, p oracle.Price, wrong string) {
	if len(cells) != 1+len(columns) {
		return 0, p, "not four columns"
	}
	var numbers [4]uint64
	for i, c := range cells {
		n, err := strconv.ParseUint(c, 10, 64)
		if err != nil {
			return 0, p, "a cell is not a whole number in range"
		}
		numbers[i] = n
	}
	if numbers[1] >= market.Max {
		return 0, p, "no such market id"
	}
	p = oracle.Price{Market: uint32(numbers[1]), Bid: numbers[2], Ask: numbers[3]}
	switch {
	case p.Bid > p.Ask:
		return 0, p, "the bid is above the ask"
	case p.Bid == 0 && p.Ask != 0:
		return 0, p, "an ask without a bid: both are 0 where there is no opinion"
	}
	return numbers[0], p, ""
}

// At returns the quotes in force at a height and block time, in ascending
// order of market.
func (t Table) At(height uint64, blockTime time.Time) []oracle.Price {
	point := height
	if t.axis == ByTime {
		point = uint64(max(blockTime.Unix(), 0))
	}
	var out []oracle.Price
	for i, r := range t.rows {
		last := i+1 == len(t.rows) || t.rows[i+1].Market != r.Market || t.rows[i+1].from > point
		if r.from <= point && last && r.Bid > 0 {
			out = append(out, r.Price)
		}
	}
	return out
}
