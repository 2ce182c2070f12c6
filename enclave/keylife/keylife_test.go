package keylife

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/engine/epoch"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/seal"
)

func identity(t *testing.T) *Identity {
	t.Helper()
	i, err := NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// TestBootsDiffer: a restarted worker shares no key with the one before.
func TestBootsDiffer(t *testing.T) {
	a, b := identity(t), identity(t)
	if a.ID() == b.ID() || a.SigningKey() == b.SigningKey() || a.SealKey() == b.SealKey() {
		t.Error("two boots share a key")
	}
	if !quorum.Verify(a.SigningKey(), []byte("m"), a.Sign([]byte("m"))) {
		t.Error("an identity's signature does not verify")
	}
}

// TestHandover: what is sealed to a worker opens for it alone, on its chain,
// for its purpose, whole.
func TestHandover(t *testing.T) {
	to, other := identity(t), identity(t)
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "text")
		aad := rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "aad")
		sealed, err := SealTo(to.SealKey(), "a", aad, text)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := to.Open("a", aad, sealed); err != nil || !bytes.Equal(got, text) {
			t.Fatalf("opened %x, %v", got, err)
		}
		flipped := bytes.Clone(sealed)
		flipped[rapid.IntRange(0, len(sealed)-1).Draw(t, "flip")] ^= 1
		for name, open := range map[string]func() ([]byte, error){
			"another worker": func() ([]byte, error) { return other.Open("a", aad, sealed) },
			"another chain":  func() ([]byte, error) { return to.Open("b", aad, sealed) },
			"another aad":    func() ([]byte, error) { return to.Open("a", append(aad, 0), sealed) },
			"a flipped bit":  func() ([]byte, error) { return to.Open("a", aad, flipped) },
			"cut off":        func() ([]byte, error) { return to.Open("a", aad, sealed[:seal.EncapsulationSize-1]) },
		} {
			if _, err := open(); !errors.Is(err, rejection.BadCiphertext) {
				t.Fatalf("%s: %v", name, err)
			}
		}
	})
}

func TestSealToNoKey(t *testing.T) {
	if _, err := SealTo(registry.SealKey{}, "a", nil, nil); !errors.Is(err, rejection.NonCanonical) {
		t.Errorf("sealed to a key of small order: %v", err)
	}
}

// TestEpochs: a secret determines its public keys, and an epoch is only the one
// that announced both of them.
func TestEpochs(t *testing.T) {
	e, err := NewEpoch()
	if err != nil {
		t.Fatal(err)
	}
	same, other := OpenEpoch(e.Secret()), OpenEpoch(epoch.Secret{1})
	committed := e.Secret().Schedule().Commit()
	if !same.Matches(e.SealKey(), committed) {
		t.Error("the same secret gives another epoch")
	}
	if other.Matches(e.SealKey(), committed) || e.Matches(other.SealKey(), committed) || e.Matches(e.SealKey(), [32]byte{}) {
		t.Error("another epoch matches")
	}
}

// TestErase: what is erased is not held any more, and its bytes are zero.
func TestErase(t *testing.T) {
	r := NewRing()
	e := OpenEpoch(epoch.Secret{1})
	r.Add(4, e)
	r.Add(2, OpenEpoch(epoch.Secret{2}))
	if !slices.Equal(r.Numbers(), []uint64{2, 4}) {
		t.Errorf("holds %v", r.Numbers())
	}
	r.Erase(4)
	r.Erase(9)
	if _, ok := r.Get(4); ok || e.Secret() != (epoch.Secret{}) || e.Key() != nil {
		t.Error("an erased secret is still there")
	}
	if _, ok := r.Get(2); !ok {
		t.Error("another secret went with it")
	}
}
