package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// suite is a run of one package's benchmarks.
type suite struct {
	pkg        string
	benchmarks string // -bench
	times      string // -benchtime
}

var suites = []suite{
	{"./circuit/prove", "^BenchmarkProcess$", "5x"},
	{"./circuit/prove", "^BenchmarkAgainstRandom$", "10x"},
	{"./circuit/prove", "^BenchmarkSettlement$", "1x"},
	{"./circuit/verify", "^BenchmarkBatch$/^256$/^bad=0$", "20x"},
	{"./ledger", "^BenchmarkBlock$/^proofs$", "5x"},
}

// figure names a number: a benchmark without its prefix and processor count,
// and the unit.
type figure struct{ benchmark, unit string }

type figures map[figure]float64

// row is one line of the table: what is shown, from which figures, and its
// upper limit; 0 is none.
type row struct {
	what   string
	cells  []figure
	format string  // of each cell
	scale  float64 // divides the figure
	limit  []float64
}

// each returns a figure for each circuit.
func each(benchmark, unit string) (out []figure) {
	for _, circuit := range []string{"action", "fill", "collect"} {
		out = append(out, figure{benchmark + "/" + circuit, unit})
	}
	return out
}

var rows = []row{
	{"constraints", each("Constraints", "constraints"), "%.0f", 1, []float64{24_000, 11_200, 6_500}},
	{"prove, CPU s", each("AgainstRandom", "own-cpu-ms"), "%.2f", 1000, nil},
	{"gnark alone, random circuit of equal size, CPU s", each("AgainstRandom", "random-cpu-ms"), "%.2f", 1000, nil},
	{"ratio of the two", each("AgainstRandom", "ratio"), "%.2f", 1, []float64{1.05, 1.05, 1.05}},
	{"process start to ready, wall s", each("Process", "ready-wall-ms"), "%.2f", 1000, []float64{2, 2, 2}},
	{"process start to ready, CPU s", each("Process", "ready-cpu-ms"), "%.2f", 1000, []float64{2, 2, 2}},
	{"peak of a proving process, MB", each("Process", "peak-MB"), "%.0f", 1, []float64{150, 150, 150}},
	{"64 fills and Collect, CPU s", []figure{{"Settlement", "cpu-ms/op"}}, "%.1f", 1000, []float64{48}},
	{"verification in a batch of 256, a third each, CPU ms a proof", []figure{{"Batch/256/bad=0", "cpu-ms/proof"}}, "%.3f", 1, []float64{0.55}},
	{"a block of 1,000 Actions checked: rules, signatures, proofs; CPU s", []figure{{"Block/proofs", "cpu-s/block"}}, "%.2f", 1, []float64{0.7}},
}

// parse takes the lines of `go test -bench`.
func (f figures) parse(r io.Reader) error {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) < 4 || !strings.HasPrefix(words[0], "Benchmark") {
			continue
		}
		name := strings.TrimPrefix(words[0], "Benchmark")
		if i := strings.LastIndexByte(name, '-'); i >= 0 {
			name = name[:i]
		}
		for i := 2; i+1 < len(words); i += 2 {
			v, err := strconv.ParseFloat(words[i], 64)
			if err != nil {
				return fmt.Errorf("benchmark %s: %w", name, err)
			}
			f[figure{name, words[i+1]}] = v
		}
	}
	return lines.Err()
}

// table returns the rows in Markdown and what missed its limit.
func (f figures) table(rows []row) (string, []string, error) {
	var missed []string
	var b strings.Builder
	b.WriteString("| | Action | Fill | Collect | limit |\n|---|---|---|---|---|\n")
	for _, r := range rows {
		var cells, limits []string
		for i, c := range r.cells {
			v, ok := f[c]
			if !ok {
				return "", nil, fmt.Errorf("no benchmark reported %s of %s", c.unit, c.benchmark)
			}
			v /= r.scale
			cells = append(cells, fmt.Sprintf(r.format, v))
			if r.limit == nil {
				continue
			}
			if v > r.limit[i] {
				missed = append(missed, r.what+" of "+c.benchmark)
			}
			if l := strconv.FormatFloat(r.limit[i], 'f', -1, 64); len(limits) == 0 || l != limits[0] {
				limits = append(limits, l)
			}
		}
		for len(cells) < 3 {
			cells = append(cells, "")
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", r.what, strings.Join(cells, " | "), strings.Join(limits, " / "))
	}
	return b.String(), missed, nil
}

// The markers of the table in its file.
const (
	first = "<!-- bench-zk: written by make bench-zk -->\n"
	last  = "<!-- /bench-zk -->\n"
)

// splice puts the table between its markers.
func splice(text []byte, table string) ([]byte, error) {
	before, rest, ok1 := bytes.Cut(text, []byte(first))
	_, after, ok2 := bytes.Cut(rest, []byte(last))
	if !ok1 || !ok2 {
		return nil, errors.New("the markers of bench-zk are missing")
	}
	return bytes.Join([][]byte{before, []byte(first), []byte("\n" + table + "\n"), []byte(last), after}, nil), nil
}
