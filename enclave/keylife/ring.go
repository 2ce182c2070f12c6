package keylife

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"

	"github.com/nightjar/nightjar/engine/epoch"
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/sealopen"
)

// Epoch is an epoch's secret and the key that opens what is sealed to it.
type Epoch struct {
	secret epoch.Secret
	key    *sealopen.Key
}

// NewEpoch draws a new secret.
func NewEpoch() (*Epoch, error) {
	var s epoch.Secret
	if _, err := rand.Read(s[:]); err != nil {
		return nil, fmt.Errorf("keylife: epoch secret: %w", err)
	}
	return OpenEpoch(s), nil
}

// OpenEpoch expands a secret: the seal key's seed is HKDF(secret; EPOCH_SEED).
func OpenEpoch(s epoch.Secret) *Epoch {
	seed, err := hkdf.Key(sha256.New, s[:], nil, string(domain.EpochSeed), sealopen.SeedSize)
	if err != nil {
		panic(err) // only a wrong length can fail, and the length is ours
	}
	return &Epoch{secret: s, key: sealopen.NewKey([sealopen.SeedSize]byte(seed))}
}

// Secret returns the secret, to be handed to another worker or to the engine.
func (e *Epoch) Secret() epoch.Secret { return e.secret }

// Key opens instructions.
func (e *Epoch) Key() *sealopen.Key { return e.key }

// SealKey returns the public key that the ledger announces.
func (e *Epoch) SealKey() (k registry.SealKey) {
	copy(k[:], e.key.Public())
	return k
}

// Matches reports whether an announced epoch is the one of this secret.
func (e *Epoch) Matches(key registry.SealKey, committed [32]byte) bool {
	return e.SealKey() == key && e.secret.Schedule().Commit() == committed
}

// Erase overwrites the secret and drops the key.
func (e *Epoch) Erase() {
	clear(e.secret[:])
	e.key = nil
}

// Ring holds the epochs whose instructions may still arrive. The zero value
// is not usable; use NewRing.
type Ring struct{ held map[uint64]*Epoch }

// NewRing returns a ring that holds nothing.
func NewRing() *Ring { return &Ring{held: map[uint64]*Epoch{}} }

// Add holds the secret of an epoch.
func (r *Ring) Add(number uint64, e *Epoch) { r.held[number] = e }

// Get returns an epoch's secret.
func (r *Ring) Get(number uint64) (*Epoch, bool) {
	e, ok := r.held[number]
	return e, ok
}

// Numbers returns the held epochs in ascending order.
func (r *Ring) Numbers() []uint64 { return slices.Sorted(maps.Keys(r.held)) }

// Erase overwrites and forgets an epoch's secret.
func (r *Ring) Erase(number uint64) {
	if e, ok := r.held[number]; ok {
		e.Erase()
		delete(r.held, number)
	}
}
