package sr25519

import (
	"fmt"

	schnorrkel "github.com/ChainSafe/go-schnorrkel"

	"github.com/nightjar/nightjar/substrate/account"
)

// context is what Substrate's signatures are made under.
const context = "substrate"

// Key is a private key and its account.
type Key struct {
	secret *schnorrkel.SecretKey
	public account.ID
}

// FromSeed returns the key of a mini-secret, expanded as Substrate expands it
// (as Ed25519 does).
func FromSeed(seed [32]byte) (*Key, error) {
	mini, err := schnorrkel.NewMiniSecretKeyFromRaw(seed)
	if err != nil {
		return nil, fmt.Errorf("sr25519 seed: %w", err)
	}
	return from(mini.ExpandEd25519())
}

func from(secret *schnorrkel.SecretKey) (*Key, error) {
	public, err := secret.Public()
	if err != nil {
		return nil, fmt.Errorf("sr25519 key: %w", err)
	}
	return &Key{secret, public.Encode()}, nil
}

// Derive returns the key of a hard junction, whose chain code is a number or a
// text in SCALE, filled up with zeros.
func (k *Key) Derive(code [32]byte) (*Key, error) {
	extended, err := schnorrkel.DeriveKeyHard(k.secret, nil, code)
	if err != nil {
		return nil, fmt.Errorf("sr25519 junction: %w", err)
	}
	secret, err := extended.Secret()
	if err != nil {
		return nil, fmt.Errorf("sr25519 junction: %w", err)
	}
	return from(secret)
}

// Account returns the key's account: its public key.
func (k *Key) Account() account.ID { return k.public }

// Sign signs a message.
func (k *Key) Sign(message []byte) ([64]byte, error) {
	s, err := k.secret.Sign(schnorrkel.NewSigningContext([]byte(context), message))
	if err != nil {
		return [64]byte{}, fmt.Errorf("sr25519 signature: %w", err)
	}
	return s.Encode(), nil
}

// Verify reports whether a signature is an account's over a message.
func Verify(id account.ID, message []byte, signature [64]byte) bool {
	public, err := schnorrkel.NewPublicKey(id)
	if err != nil {
		return false
	}
	var s schnorrkel.Signature
	if s.Decode(signature) != nil {
		return false
	}
	ok, err := public.Verify(&s, schnorrkel.NewSigningContext([]byte(context), message))
	return err == nil && ok
}
