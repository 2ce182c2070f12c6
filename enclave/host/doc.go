// Package host is the untrusted side of a worker: it fetches finalised blocks
// for its enclave, submits what the enclave emits, signs the registration with
// the operator's key and carries the enclaves' messages to the other hosts
// (spec/17-enclave.md, "Host").
//
// THE INVARIANT: nothing here is trusted for more than liveness. A host can
// stall its enclave; it cannot read, forge or reorder what the enclave believes.
// It keeps no state of its own: after a crash it begins again where the enclave
// says it is.
package host
