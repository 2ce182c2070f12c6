// Package service runs a worker's core inside an enclave: it owns the process's
// one connection to the host, the goroutine that the core belongs to, and the
// bounded pool that proves (spec/17-enclave.md, "Process").
//
// THE INVARIANT: only boundary messages leave the process. Logs say what any
// observer of the chain knows; no error, label or line holds an order, a key or
// a witness.
//
// A host that goes away is waited for; the state stays in memory. Everything
// dies with the process.
package service
