// Package tee says what an enclave needs of its hardware: evidence that this
// very process, with these report data, runs inside it. One package below makes
// it for each kind of hardware; package attestation verifies it.
//
// THE INVARIANT: a Provider returns evidence that its hardware signed over
// exactly the given report data, or an error. There is no provider that pretends:
// the simulated one is called so everywhere and is in builds with the tag
// "simulated" only.
package tee
