package sr25519

import (
	"testing"

	"github.com/nightjar/nightjar/substrate/account"
)

func key(t *testing.T, b byte) *Key {
	t.Helper()
	k, err := FromSeed([32]byte{b})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestSignAndVerify(t *testing.T) {
	k, other := key(t, 1), key(t, 2)
	message := []byte("a payload")
	signature, err := k.Sign(message)
	if err != nil {
		t.Fatal(err)
	}
	if !Verify(k.Account(), message, signature) {
		t.Fatal("control: a signature does not verify")
	}
	if again, err := k.Sign(message); err != nil || again == signature {
		t.Errorf("two signatures share their nonce: %v", err)
	}
	for i := range 64 {
		for bit := range 8 {
			forged := signature
			forged[i] ^= 1 << bit
			if Verify(k.Account(), message, forged) {
				t.Errorf("bit %d of byte %d does not matter", bit, i)
			}
		}
	}
	if Verify(k.Account(), []byte("a payloae"), signature) {
		t.Error("another message verifies")
	}
	if Verify(other.Account(), message, signature) {
		t.Error("another key's signature verifies")
	}
	// The identity of Ristretto: under it R = [s]B would be everybody's signature.
	if Verify(account.ID{}, message, signature) {
		t.Error("the identity has signed")
	}
	var nobody account.ID
	for i := range nobody {
		nobody[i] = 0xff
	}
	if Verify(nobody, message, signature) {
		t.Error("bytes that are no point have signed")
	}
}

func TestJunctionsDiffer(t *testing.T) {
	k := key(t, 1)
	seen := map[account.ID]bool{k.Account(): true}
	for i := range byte(5) {
		child, err := k.Derive([32]byte{i})
		if err != nil {
			t.Fatal(err)
		}
		if seen[child.Account()] {
			t.Errorf("junction %d gives a key again", i)
		}
		seen[child.Account()] = true
	}
}
