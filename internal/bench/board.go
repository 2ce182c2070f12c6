package main

import (
	"bufio"
	"io"
	"slices"
	"strings"

	"github.com/nightjar/nightjar/internal/bench/workload"
)

// board is what is measured together and stands together in the document.
type board struct {
	name   string // its markers are of bench-name
	before func(figures) error
	suites []suite
	tables []table
}

// suite is one command that prints figures as benchmarks do.
type suite struct {
	dir     string // the module's root if empty
	command []string
	input   func(io.Writer) error // what it reads, if anything
}

// benchmarks runs those of one package that match, so many times each.
func benchmarks(pkg, match, times, count string) suite {
	return suite{command: []string{"go", "test", pkg, "-run", "^$", "-bench", match, "-benchtime", times, "-count", count, "-timeout", "60m"}}
}

var boards = []board{
	{
		name:   "zk",
		before: constraints,
		suites: []suite{
			benchmarks("./circuit/prove", "^BenchmarkProcess$", "5x", "1"),
			benchmarks("./circuit/prove", "^BenchmarkAgainstRandom$", "10x", "1"),
			benchmarks("./circuit/prove", "^BenchmarkSettlement$", "1x", "1"),
			benchmarks("./circuit/verify", "^BenchmarkBatch$/^256$/^bad=0$", "20x", "1"),
			benchmarks("./ledger", "^BenchmarkBlock$/^proofs$", "5x", "1"),
		},
		tables: []table{{columns: []string{"Action", "Fill", "Collect"}, limits: true, rows: []row{
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
		}}},
	},
	{
		name: "engine",
		suites: []suite{
			benchmarks("./engine/auction", "^BenchmarkMillion$", "40x", "5"),
			benchmarks("./engine/auction", "^BenchmarkContinuous$", "5x", "1"),
			{dir: "internal/bench/peer", command: []string{"go", "run", "."}, input: continuous},
		},
		tables: []table{
			{columns: []string{"spread out", "all at the midpoint"}, limits: true, rows: []row{
				{"insert, the 10,000 of a block in one call, CPU ns an order", workloads("insert-cpu-ns"), "%.0f", 1, []float64{250, 250}},
				{"insert, one call an order, CPU ns", workloads("single-cpu-ns"), "%.0f", 1, nil},
				{"cancel, CPU ns", workloads("cancel-cpu-ns"), "%.0f", 1, []float64{500, 500}},
				{"allocations an insertion or cancel", workloads("allocs/order"), "%.0f", 1, []float64{0, 0}},
				{"clear, with 10,000 new orders, CPU ms", workloads("clear-cpu-ms"), "%.1f", 1, []float64{10, 50}},
			}},
			{columns: []string{"ours, a call each 10,000 operations", "ours, each 1,000", "textbook book, continuous"}, rows: []row{
				{"CPU ns an operation", peers("cpu-ns/op"), "%.0f", 1, nil},
				{"lots traded, million", peers("lots"), "%.2f", 1e6, nil},
			}},
		},
	},
}

// each returns a figure for each circuit.
func each(benchmark, unit string) (out []figure) {
	for _, circuit := range []string{"action", "fill", "collect"} {
		out = append(out, figure{benchmark + "/" + circuit, unit})
	}
	return out
}

// workloads returns a figure for each book of a million orders.
func workloads(unit string) []figure {
	return []figure{{"Million/spread", unit}, {"Million/mid", unit}}
}

// peers returns a figure for each book on the continuous workload.
func peers(unit string) []figure {
	return []figure{{"Continuous/10000", unit}, {"Continuous/1000", unit}, {"Peer", unit}}
}

// continuous writes the workload that our own benchmark draws too.
func continuous(w io.Writer) error {
	b := bufio.NewWriter(w)
	if err := workload.Write(b, workload.Draw(1)); err != nil {
		return err
	}
	return b.Flush()
}

// find returns the board with a name, and the names there are.
func find(name string) (b board, ok bool, names string) {
	var all []string
	for _, b := range boards {
		all = append(all, b.name)
	}
	if i := slices.Index(all, name); i >= 0 {
		return boards[i], true, ""
	}
	return board{}, false, strings.Join(all, ", ")
}
