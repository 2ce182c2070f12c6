// Command bench measures one board of figures on this machine, prints its tables
// of what was asked and what is reached, and writes them into docs/benchmarks.md
// between the board's markers (`make bench-zk`, `make bench-engine`).
//
// THE INVARIANT: every figure comes from a benchmark in the tree or from a
// circuit's golden file; one that is missing is an error, and so is a missed
// limit, after the tables were written.
//
// It runs one command after the other and measures nothing itself. Of a figure
// that is reported several times it takes the least: whatever else a machine
// does only adds to CPU time.
package main
