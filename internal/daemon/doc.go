// Package daemon is what every long-running binary shares: reading one strict
// command line and configuration file, a structured logger, an end on a signal,
// and a page of metrics.
//
// THE INVARIANT: a configuration key or flag that nobody reads is refused, never
// ignored; a component that fails ends the whole process with its error, so
// that a supervisor restarts it from its durable state.
//
// Functions may be called concurrently. The package keeps no state and knows
// nothing of the ledger.
package daemon
