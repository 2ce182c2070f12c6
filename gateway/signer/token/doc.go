// Package token keeps a custody signer's key in a PKCS#11 token: a hardware
// security module, or SoftHSM in tests.
//
// THE INVARIANT: the private key never leaves the token, and every signature
// that leaves this package is of the one public key that was there when it was
// opened: after a token was away and came back, another key under the same
// label is refused.
//
// A wrong PIN is tried once, since a token locks itself after a few. All
// methods may be called concurrently; one signature is made at a time.
//
// The interface to tokens is C: a binary built without cgo has this package and
// refuses to open any.
package token
