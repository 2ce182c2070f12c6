package signer

import (
	"golang.org/x/crypto/blake2b"

	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// Key is a private Ed25519 key, wherever it is kept. Its Sign signs anything:
// only a Signer calls it.
type Key interface {
	Public() quorum.Key
	Sign(message []byte) ([64]byte, error)
	Close() error
}

// Signer signs what a custody signer has to sign. Every method refuses
// (NOT_SIGNABLE) what is no such thing; any other error is the key's keeper's,
// and trying again may help.
type Signer interface {
	// Public is the signer's key in the ledger's signers row, and its account
	// on every Substrate chain.
	Public() quorum.Key
	SignDeposit(d *custody.Deposit) (quorum.Signature, error)
	SignClosing(c *custody.Closing) (quorum.Signature, error)
	// SignExtrinsic signs a payload as the extrinsic's builder makes it, before
	// any hash: call, extensions, additional data. Payloads above 256 bytes are
	// hashed here, as Substrate does.
	SignExtrinsic(payload []byte) ([64]byte, error)
	Close() error
}

// New returns the signer that signs with key on the Nightjar network chainID.
// Closing the signer closes the key.
func New(key Key, chainID string) Signer { return typed{key, chainID} }

type typed struct {
	Key
	chainID string
}

// Sign hides the key's.
func (s typed) Sign([]byte) ([64]byte, error) {
	return [64]byte{}, rejection.New(rejection.NotSignable, "bytes without a meaning")
}

// SignDeposit implements Signer.
func (s typed) SignDeposit(d *custody.Deposit) (quorum.Signature, error) {
	if d.Amount == 0 || d.C.IsZero() || d.Reference == (custody.Reference{}) {
		return quorum.Signature{}, rejection.New(rejection.NotSignable, "a deposit has an amount, an owner and a reference")
	}
	return s.native(d.SignBytes(s.chainID))
}

// SignClosing implements Signer.
func (s typed) SignClosing(c *custody.Closing) (quorum.Signature, error) {
	none := c.Payment == custody.Reference{}
	if (c.Result != custody.Paid || none) && (c.Result != custody.Returned || !none) {
		return quorum.Signature{}, rejection.New(rejection.NotSignable, "a paid claim names its payment and a returned one does not")
	}
	return s.native(c.SignBytes(s.chainID))
}

// native signs for Nightjar. The two demands hold for every such message; they
// stand here because the other half of the invariant leans on them.
func (s typed) native(message []byte) (quorum.Signature, error) {
	if len(message) <= blake2b.Size256 || message[0] != 0 {
		return quorum.Signature{}, rejection.New(rejection.NotSignable, "not a message of Nightjar")
	}
	signature, err := s.Key.Sign(message)
	return quorum.Signature{Key: s.Public(), Signature: signature}, err
}

// What an extrinsic's payload has at least: a call of pallet and index, one byte
// each of era, nonce and tip, then two versions and two block hashes.
const minPayload = 2 + 3 + 2*4 + 2*32

// hashAbove is the length from which Substrate signs a payload's hash.
const hashAbove = 256

// SignExtrinsic implements Signer. It refuses pallet 0 as the outermost call:
// such a payload begins as every message of Nightjar does. A call of that
// pallet travels inside utility.batch_all.
func (s typed) SignExtrinsic(payload []byte) ([64]byte, error) {
	if len(payload) < minPayload {
		return [64]byte{}, rejection.New(rejection.NotSignable, "an extrinsic's payload of %d bytes", len(payload))
	}
	if payload[0] == 0 {
		return [64]byte{}, rejection.New(rejection.NotSignable, "an extrinsic whose outermost call is of pallet 0")
	}
	if len(payload) > hashAbove {
		hash := blake2b.Sum256(payload)
		payload = hash[:]
	}
	return s.Key.Sign(payload)
}
