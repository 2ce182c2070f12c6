package quorum

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"

	zip215 "github.com/oasisprotocol/curve25519-voi/primitives/ed25519"

	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// Key is an Ed25519 public key.
type Key [ed25519.PublicKeySize]byte

// Signature is one key's signature.
type Signature struct {
	Key       Key
	Signature [ed25519.SignatureSize]byte
}

// Max bounds the signatures of one message.
const Max = 128

// Verify reports whether signature is key's over message: S < ℓ and
//
//	[8]([S]B − [h]A − R) = 0
//
// It is the rule and the code by which the consensus engine verifies votes
// (ZIP 215). A stricter one, crypto/ed25519's, would let one validator sign a
// vote extension that the engine takes and that no block could then carry.
func Verify(key Key, message []byte, signature [ed25519.SignatureSize]byte) bool {
	rule := zip215.Options{Verify: zip215.VerifyOptionsZIP_215}
	return zip215.VerifyWithOptions(key[:], message, signature[:], &rule)
}

// Sign makes one signature; the caller owns the private key.
func Sign(private ed25519.PrivateKey, message []byte) Signature {
	var s Signature
	copy(s.Key[:], private.Public().(ed25519.PublicKey))
	copy(s.Signature[:], ed25519.Sign(private, message))
	return s
}

// Write appends a count byte and the signatures.
func Write(w *encoding.Writer, signatures []Signature) {
	w.U8(uint8(len(signatures)))
	for _, s := range signatures {
		w.Fixed(s.Key[:])
		w.Fixed(s.Signature[:])
	}
}

// Read reads signatures in strictly ascending order of key (NON_CANONICAL),
// at most Max of them (OVERSIZED).
func Read(r *encoding.Reader) []Signature {
	n := int(r.U8())
	if n > Max {
		r.Fail(rejection.New(rejection.Oversized, "%d signatures", n))
	}
	var out []Signature
	for i := 0; i < n && r.Err() == nil; i++ {
		var s Signature
		r.Fixed(s.Key[:])
		r.Fixed(s.Signature[:])
		if i > 0 && bytes.Compare(out[i-1].Key[:], s.Key[:]) >= 0 {
			r.Fail(rejection.New(rejection.NonCanonical, "signatures are not in ascending order of key"))
		}
		out = append(out, s)
	}
	return out
}

// MarshalText writes the key in lower-case hex.
func (k Key) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, k[:]), nil }

// UnmarshalText reads exactly the hex that MarshalText writes.
func (k *Key) UnmarshalText(text []byte) error {
	b := make([]byte, hex.DecodedLen(len(text)))
	if n, err := hex.Decode(b, text); err != nil || n != len(k) || string(hex.AppendEncode(nil, b)) != string(text) {
		return rejection.New(rejection.NonCanonical, "a key is 64 lower-case hex digits")
	}
	copy(k[:], b)
	return nil
}
