// Package signer is one custody signer's Ed25519 key and everything that it
// will sign: Nightjar's deposits and closings (spec/12) and extrinsics of
// Substrate chains (spec/23). A Key keeps the private half, in an encrypted
// file (here) or in a PKCS#11 token (package token).
//
// THE INVARIANT: one key has two uses and no signature serves both. What a
// Signer signs for Nightjar begins with a zero byte and is longer than 32 bytes;
// what it signs for a Substrate chain is 32 bytes, a hash that it made itself, or
// begins with another byte (docs/adr/0017-one-signer-key.md). There is no
// way to have it sign bytes of the caller's choice.
//
// A private key is never written unencrypted, never overwritten, and in no error.
// All methods may be called concurrently.
//
// Whether something ought to be signed is the vault's decision, not the
// signer's: it has no memory.
package signer
