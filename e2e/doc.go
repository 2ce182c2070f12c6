// Package e2e tests the running system: the product's binaries on a devnet,
// with real proofs. Its tests have the build tag e2e and targets of their own
// (docs/testing.md), so that `go test ./...` stays fast.
//
// THE INVARIANT: nothing runs in place of the product: processes are started
// by package devnet, orders are placed by the nightjar binary, and what a test
// believes of the chain it has verified as any client does.
//
// A test prints the seed of its schedule; the moments at which things really
// happen are the machine's, so a seed repeats what is done and to whom, and not
// the run.
package e2e
