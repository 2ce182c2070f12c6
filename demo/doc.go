// Package demo plays a scenario on a devnet: real processes, real proofs,
// wallets with phrases of their own; and then checks the whole chain and every
// wallet (`nightjar demo`).
//
// THE INVARIANT: a Summary says ok only if every event of the scenario held,
// an exit was executed while no enclave was running, `verify` accepted the
// chain from genesis, and every wallet restored from its phrase alone equals
// the one that lived through it. Every figure comes from the chain or from a
// wallet's view of it, none from the scenario.
package demo
