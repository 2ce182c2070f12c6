// Command benchzk measures the proofs on this machine, prints the table of what
// was asked and what is reached, and writes it into docs/benchmarks.md between
// its markers (`make bench-zk`).
//
// THE INVARIANT: every figure comes from a benchmark in the tree or from a
// circuit's golden file; one that is missing is an error, and so is a missed
// limit, after the table was written.
//
// It runs `go test` one package after the other and measures nothing itself.
package main
