package sealopen

import (
	"crypto/hpke"

	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/seal"
)

// SeedSize is the length of an epoch's key seed in bytes.
const SeedSize = 32

// Key is the private half of an epoch's key. Dropping the Key and the seed
// erases what it could open; Go offers no way to scrub the copies that the
// runtime may have made, which is why the enclave's memory is encrypted and
// not swapped.
type Key struct{ private hpke.PrivateKey }

// NewKey expands a seed to the X-Wing key of an epoch. The seed is a PRF of
// the epoch secret, so that every worker that holds the secret has the key.
func NewKey(seed [SeedSize]byte) *Key {
	kem, _, _ := seal.Suite()
	private, err := kem.NewPrivateKey(seed[:])
	if err != nil {
		panic(err) // only a wrong length can fail, and the length is ours
	}
	return &Key{private}
}

// Public returns the seal.EpochKeySize bytes that wallets seal to.
func (k *Key) Public() []byte { return k.private.PublicKey().Bytes() }

// Open returns the command inside an instruction; BAD_CIPHERTEXT, without a
// reason, if there is none for this key, chain and aad.
func (k *Key) Open(chainID string, aad [32]byte, sealed *seal.Instruction) (seal.Command, error) {
	_, kdf, aead := seal.Suite()
	opaque := rejection.New(rejection.BadCiphertext, "")
	recipient, err := hpke.NewRecipient(sealed[:seal.EncapsulationSize], k.private, kdf, aead, seal.InstructionInfo(chainID))
	if err != nil {
		return seal.Command{}, opaque
	}
	text, err := recipient.Open(aad[:], sealed[seal.EncapsulationSize:])
	if err != nil {
		return seal.Command{}, opaque
	}
	c, err := seal.DecodeCommand(text)
	if err != nil {
		return seal.Command{}, opaque
	}
	return c, nil
}
