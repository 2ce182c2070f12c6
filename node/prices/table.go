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

// row says that a market has a price from a point of the axis on.
type row struct {
	from uint64
	oracle.Price
}

// Table is a parsed price file: for each market, prices from points on.
type Table struct {
	axis Axis
	rows []row // by market, then by from; no two equal
}

// Parse reads a price file:
//
//	height,market,price
//	1,0,31500
//	40,0,31750
//	40,1,0
//
// The header names the axis ("height" or "time"). A row holds from its point
// until the market's next row; price 0 withdraws the opinion. Empty lines and
// lines that start with # are skipped. Rows of one market are in strictly
// ascending order, and the last line ends like every other, so that a file cut
// short inside a number is noticed. Everything else is BAD_FILE with the
// line's number.
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
		if len(cells) != 3 {
			return bad(n, "not three columns")
		}
		if t.axis == "" {
			t.axis = Axis(cells[0])
			if t.axis != ByHeight && t.axis != ByTime || cells[1] != "market" || cells[2] != "price" {
				return bad(n, `the header is neither "height,market,price" nor "time,market,price"`)
			}
			continue
		}
		from, err1 := strconv.ParseUint(cells[0], 10, 64)
		id, err2 := strconv.ParseUint(cells[1], 10, 32)
		price, err3 := strconv.ParseUint(cells[2], 10, 64)
		if err := cmp.Or(err1, err2, err3); err != nil {
			return bad(n, "a cell is not a whole number in range")
		}
		if id >= market.Max {
			return bad(n, "no such market id")
		}
		m := uint32(id)
		if last, seen := lastFrom[m]; seen && from <= last {
			return bad(n, "rows of one market are not in ascending order")
		}
		lastFrom[m] = from
		t.rows = append(t.rows, row{from: from, Price: oracle.Price{Market: m, Price: price}})
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

// At returns the prices in force at a height and block time, in ascending
// order of market.
func (t Table) At(height uint64, blockTime time.Time) []oracle.Price {
	point := height
	if t.axis == ByTime {
		point = uint64(max(blockTime.Unix(), 0))
	}
	var out []oracle.Price
	for i, r := range t.rows {
		last := i+1 == len(t.rows) || t.rows[i+1].Market != r.Market || t.rows[i+1].from > point
		if r.from <= point && last && r.Price.Price > 0 {
			out = append(out, r.Price)
		}
	}
	return out
}
