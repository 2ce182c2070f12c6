// Package audit is `nightjar verify`: it checks a chain from genesis with no
// secrets and reports what it checked and what remains to be trusted
// (spec/18-verify.md).
//
// THE INVARIANT: a Report is made only of blocks that package replica accepted:
// every header by its commit, every proof, every spend, binding, worker and
// signer signature, every registration's evidence, every rule of locks,
// settlements, turnstile and fees. The per-asset counters of the Report are
// summed from the blocks' events alone and compared with the ledger's rows.
//
// Not established: that the prices were the best possible, that enclaves kept
// orders to themselves, that custody holds the reserves. The Report says so.
package audit
