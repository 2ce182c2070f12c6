package keylife

import (
	"crypto/ed25519"
	"crypto/hpke"
	"crypto/rand"
	"fmt"

	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/seal"
	"github.com/nightjar/nightjar/protocol/settlement"
)

// Identity is a worker's keys. A restarted worker is another worker.
type Identity struct {
	signing ed25519.PrivateKey
	sealing hpke.PrivateKey
	id      settlement.WorkerID
}

// NewIdentity makes the keys of one boot from the operating system's
// randomness, which inside an enclave is the processor's.
func NewIdentity() (*Identity, error) {
	_, signing, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("keylife: signing key: %w", err)
	}
	kem, _, _ := seal.Suite()
	sealing, err := kem.GenerateKey()
	if err != nil {
		return nil, fmt.Errorf("keylife: sealing key: %w", err)
	}
	i := &Identity{signing: signing, sealing: sealing}
	i.id = settlement.NewWorkerID(i.SigningKey())
	return i, nil
}

// ID returns the worker's id.
func (i *Identity) ID() settlement.WorkerID { return i.id }

// SigningKey returns the public key that the ledger registers.
func (i *Identity) SigningKey() (k quorum.Key) {
	copy(k[:], i.signing.Public().(ed25519.PublicKey))
	return k
}

// SealKey returns the public key that epoch secrets are sealed to.
func (i *Identity) SealKey() (k registry.SealKey) {
	copy(k[:], i.sealing.PublicKey().Bytes())
	return k
}

// Sign signs a message that carries its own context.
func (i *Identity) Sign(message []byte) [64]byte {
	return quorum.Sign(i.signing, message).Signature
}

// handoverInfo binds a sealed handover to its chain.
func handoverInfo(chainID string) []byte {
	w := encoding.NewWriter(128)
	w.Var([]byte(domain.EpochHandover))
	w.Var([]byte(chainID))
	return w.Bytes()
}

// SealTo seals plaintext to a registered worker's key; aad says what it is and
// for whom. The result begins with the encapsulation.
func SealTo(to registry.SealKey, chainID string, aad, plaintext []byte) ([]byte, error) {
	kem, kdf, aead := seal.Suite()
	public, err := kem.NewPublicKey(to[:])
	if err != nil {
		return nil, rejection.New(rejection.NonCanonical, "a worker's seal key")
	}
	enc, sender, err := hpke.NewSender(public, kdf, aead, handoverInfo(chainID))
	if err != nil { // a part of small order
		return nil, rejection.New(rejection.NonCanonical, "a worker's seal key")
	}
	ct, err := sender.Seal(aad, plaintext)
	if err != nil {
		return nil, fmt.Errorf("keylife: seal: %w", err)
	}
	return append(enc, ct...), nil
}

// Open opens what SealTo sealed to this identity; BAD_CIPHERTEXT without a
// reason otherwise.
func (i *Identity) Open(chainID string, aad, sealed []byte) ([]byte, error) {
	opaque := rejection.New(rejection.BadCiphertext, "")
	if len(sealed) < seal.EncapsulationSize {
		return nil, opaque
	}
	_, kdf, aead := seal.Suite()
	r, err := hpke.NewRecipient(sealed[:seal.EncapsulationSize], i.sealing, kdf, aead, handoverInfo(chainID))
	if err != nil {
		return nil, opaque
	}
	text, err := r.Open(aad, sealed[seal.EncapsulationSize:])
	if err != nil {
		return nil, opaque
	}
	return text, nil
}
