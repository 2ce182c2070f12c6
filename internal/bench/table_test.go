package main

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const output = `goos: linux
BenchmarkProcess/action-2   	       3	 123 ns/op	       250.5 ready-cpu-ms	        96.00 peak-MB
BenchmarkSettlement-2       	       1	 123 ns/op	     43000 cpu-ms/op
BenchmarkSettlement-2       	       1	 123 ns/op	     41000 cpu-ms/op
BenchmarkSettlement-2       	       1	 123 ns/op	     42000 cpu-ms/op
PASS
`

func TestTable(t *testing.T) {
	f := figures{}
	if err := f.parse(strings.NewReader(output)); err != nil {
		t.Fatal(err)
	}
	rows := []row{
		{"ready", []figure{{"Process/action", "ready-cpu-ms"}, {"Process/action", "peak-MB"}}, "%.2f", 1000, []float64{2, 0.01}},
		{"all", []figure{{"Settlement", "cpu-ms/op"}}, "%.1f", 1000, nil},
	}
	got, missed, err := f.markdown(table{columns: []string{"one", "two", "three"}, limits: true, rows: rows})
	if err != nil {
		t.Fatal(err)
	}
	want := "| | one | two | three | limit |\n|---|---|---|---|---|\n| ready | 0.25 | 0.10 |  | 2 / 0.01 |\n| all | 41.0 |  |  |  |\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(missed) != 1 || missed[0] != "ready of Process/action" {
		t.Errorf("missed %q", missed)
	}
	got, _, err = f.markdown(table{columns: []string{"one"}, rows: rows[1:]})
	if want := "| | one |\n|---|---|\n| all | 41.0 |\n"; err != nil || got != want {
		t.Errorf("%q %v", got, err)
	}
	if _, _, err := f.markdown(table{rows: []row{{"none", []figure{{"Absent", "ns/op"}}, "%f", 1, nil}}}); err == nil {
		t.Error("a benchmark that did not run is no error")
	}
}

// TestDocument: the document has a place for every board, and the table in it is
// of the present circuits.
func TestDocument(t *testing.T) {
	t.Chdir("../..")
	text, err := os.ReadFile(target)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range boards {
		if _, err := b.splice(text, ""); err != nil {
			t.Error(err)
		}
	}
	f := figures{}
	if err := constraints(f); err != nil {
		t.Fatal(err)
	}
	zk := boards[0].tables[0]
	zk.rows = zk.rows[:1]
	got, missed, err := f.markdown(zk)
	if err != nil || len(missed) > 0 {
		t.Fatalf("missed %q, %v", missed, err)
	}
	if !strings.Contains(string(text), "\n"+got) {
		t.Errorf("the circuits have changed: run make bench-zk\n%s", got)
	}
}

func TestSplice(t *testing.T) {
	b := board{name: "x"}
	const first, last = "<!-- bench-x: written by make bench-x -->\n", "<!-- /bench-x -->\n"
	got, err := b.splice([]byte("a\n"+first+"old\n"+last+"b\n"), "new\n")
	if err != nil || string(got) != "a\n"+first+"\nnew\n\n"+last+"b\n" {
		t.Errorf("%q %v", got, err)
	}
	if _, err := b.splice([]byte("nothing"), ""); err == nil {
		t.Error("a file without markers was written")
	}
}

// TestBoards: every row has as many figures as there are columns, or one for
// all, and a limit for each or none.
func TestBoards(t *testing.T) {
	for _, b := range boards {
		if _, ok, _ := find(b.name); !ok {
			t.Errorf("%s is not found", b.name)
		}
		for _, table := range b.tables {
			for _, r := range table.rows {
				if n := len(r.cells); n != len(table.columns) && n != 1 || r.limits != nil && len(r.limits) != n || r.limits != nil && !table.limits {
					t.Errorf("%s: %s", b.name, r.what)
				}
			}
		}
	}
	if _, ok, names := find("none"); ok || names != "zk, engine" {
		t.Errorf("%v %q", ok, names)
	}
}
