// Package keylife holds an enclave's keys: the worker's own, made at boot, and
// the secrets of the order-key epochs (spec/17-enclave.md, "Keys").
//
// THE INVARIANT: no key in here is ever written anywhere in the clear or kept
// past its time. The worker's keys live from boot to death; an epoch's secret
// lives until its grace has passed, and leaves only sealed to a registered
// worker's key. What was erased cannot be recovered from this process.
//
// Go offers no way to scrub the copies that its runtime may have made; erasing
// drops every reference and overwrites what we hold. The enclave's memory is
// encrypted and never swapped.
//
// Values belong to one goroutine.
package keylife
