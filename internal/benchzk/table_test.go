package main

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const output = `goos: linux
BenchmarkProcess/action-2   	       3	 123 ns/op	       250.5 ready-cpu-ms	        96.00 peak-MB
BenchmarkSettlement-2       	       1	 123 ns/op	     41000 cpu-ms/op
PASS
`

func TestTable(t *testing.T) {
	f := figures{}
	if err := f.parse(strings.NewReader(output)); err != nil {
		t.Fatal(err)
	}
	table, missed, err := f.table([]row{
		{"ready", []figure{{"Process/action", "ready-cpu-ms"}, {"Process/action", "peak-MB"}}, "%.2f", 1000, []float64{2, 0.01}},
		{"all", []figure{{"Settlement", "cpu-ms/op"}}, "%.1f", 1000, nil},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := "| | Action | Fill | Collect | limit |\n|---|---|---|---|---|\n| ready | 0.25 | 0.10 |  | 2 / 0.01 |\n| all | 41.0 |  |  |  |\n"
	if diff := cmp.Diff(want, table); diff != "" {
		t.Error(diff)
	}
	if len(missed) != 1 || missed[0] != "ready of Process/action" {
		t.Errorf("missed %q", missed)
	}
	if _, _, err := f.table([]row{{"none", []figure{{"Absent", "ns/op"}}, "%f", 1, nil}}); err == nil {
		t.Error("a benchmark that did not run is no error")
	}
}

// TestDocument: the table in docs/benchmarks.md is of the present circuits.
func TestDocument(t *testing.T) {
	t.Chdir("../..")
	f := figures{}
	if err := f.constraints(); err != nil {
		t.Fatal(err)
	}
	table, missed, err := f.table(rows[:1])
	if err != nil || len(missed) > 0 {
		t.Fatalf("missed %q, %v", missed, err)
	}
	text, err := os.ReadFile(target)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "\n"+table) {
		t.Errorf("the circuits have changed: run make bench-zk\n%s", table)
	}
}

func TestSplice(t *testing.T) {
	got, err := splice([]byte("a\n"+first+"old\n"+last+"b\n"), "new\n")
	if err != nil || string(got) != "a\n"+first+"\nnew\n\n"+last+"b\n" {
		t.Errorf("%q %v", got, err)
	}
	if _, err := splice([]byte("nothing"), ""); err == nil {
		t.Error("a file without markers was written")
	}
}
