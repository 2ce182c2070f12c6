// Package attestation verifies that a worker is the enclave it claims to be:
// genuine hardware (verify) running an image that this chain allows
// (validate), over exactly these report data.
//
// THE INVARIANT: Verify returns claims only for evidence that its provider's
// root of trust signed over the given report data, with a measurement on the
// policy's list. The zero policy refuses everything, and simulated evidence is
// refused unless the policy says otherwise in so many words.
//
// All functions are pure: time comes as an argument. Safe for concurrent use.
// Evidence of real hardware is not verified by this version: it is refused.
package attestation
