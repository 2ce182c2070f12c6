package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// figure names a number: a benchmark without its prefix and processor count,
// and the unit.
type figure struct{ benchmark, unit string }

type figures map[figure]float64

// row is one line of a table: what is shown, from which figures, and their upper
// limits, if there are any.
type row struct {
	what   string
	cells  []figure
	format string  // of each cell
	scale  float64 // divides the figure
	limits []float64
}

// table is rows under columns; the last column is the limits, if there are any.
type table struct {
	columns []string
	limits  bool
	rows    []row
}

// parse takes the lines of `go test -bench`, and of a figure that comes again the
// least.
func (f figures) parse(r io.Reader) error {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) < 4 || !strings.HasPrefix(words[0], "Benchmark") {
			continue
		}
		name := strings.TrimPrefix(words[0], "Benchmark")
		if i := strings.LastIndexByte(name, '-'); i >= 0 {
			name = name[:i] // the processors
		}
		for i := 2; i+1 < len(words); i += 2 {
			v, err := strconv.ParseFloat(words[i], 64)
			if err != nil {
				return fmt.Errorf("benchmark %s: %w", name, err)
			}
			at := figure{name, words[i+1]}
			if old, ok := f[at]; !ok || v < old {
				f[at] = v
			}
		}
	}
	return lines.Err()
}

// markdown returns a table and what missed its limit.
func (f figures) markdown(t table) (string, []string, error) {
	columns := t.columns
	if t.limits {
		columns = append(slices.Clone(columns), "limit")
	}
	var missed []string
	var b strings.Builder
	fmt.Fprintf(&b, "| | %s |\n|%s\n", strings.Join(columns, " | "), strings.Repeat("---|", 1+len(columns)))
	for _, r := range t.rows {
		var cells, limits []string
		for i, c := range r.cells {
			v, ok := f[c]
			if !ok {
				return "", nil, fmt.Errorf("no benchmark reported %s of %s", c.unit, c.benchmark)
			}
			v /= r.scale
			cells = append(cells, fmt.Sprintf(r.format, v))
			if r.limits == nil {
				continue
			}
			if v > r.limits[i] {
				missed = append(missed, r.what+" of "+c.benchmark)
			}
			if l := strconv.FormatFloat(r.limits[i], 'f', -1, 64); len(limits) == 0 || l != limits[0] {
				limits = append(limits, l)
			}
		}
		for len(cells) < len(t.columns) {
			cells = append(cells, "")
		}
		if t.limits {
			cells = append(cells, strings.Join(limits, " / "))
		}
		fmt.Fprintf(&b, "| %s | %s |\n", r.what, strings.Join(cells, " | "))
	}
	return b.String(), missed, nil
}

// splice puts a board's tables between its markers.
func (b board) splice(text []byte, tables string) ([]byte, error) {
	first := fmt.Sprintf("<!-- bench-%s: written by make bench-%s -->\n", b.name, b.name)
	last := fmt.Sprintf("<!-- /bench-%s -->\n", b.name)
	before, rest, ok1 := bytes.Cut(text, []byte(first))
	_, after, ok2 := bytes.Cut(rest, []byte(last))
	if !ok1 || !ok2 {
		return nil, fmt.Errorf("the markers of bench-%s are missing", b.name)
	}
	return bytes.Join([][]byte{before, []byte(first), []byte("\n" + tables + "\n"), []byte(last), after}, nil), nil
}
