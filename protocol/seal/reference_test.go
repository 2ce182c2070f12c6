package seal

import (
	"crypto/ecdh"
	"crypto/hmac"
	"crypto/sha256"
	"testing"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/nightjar/nightjar/protocol/keys"
)

// The primitives of spec/08, spelled out once more so that the vectors do not
// rest on the code they test.

// hkdfSHA256 is RFC 5869 with an empty salt.
func hkdfSHA256(secret, info []byte, n int) (out []byte) {
	mac := func(key []byte, parts ...[]byte) []byte {
		h := hmac.New(sha256.New, key)
		for _, p := range parts {
			h.Write(p)
		}
		return h.Sum(nil)
	}
	root := mac(make([]byte, sha256.Size), secret)
	var last []byte
	for i := byte(1); len(out) < n; i++ {
		last = mac(root, last, info, []byte{i})
		out = append(out, last...)
	}
	return out[:n]
}

func x25519(t *testing.T, scalar, u []byte) []byte {
	t.Helper()
	k, err := ecdh.X25519().NewPrivateKey(scalar)
	if err != nil {
		t.Fatal(err)
	}
	p, err := ecdh.X25519().NewPublicKey(u)
	if err != nil {
		t.Fatal(err)
	}
	s, err := k.ECDH(p)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func chachaSeal(t *testing.T, key []byte, slot int, text []byte) []byte {
	t.Helper()
	aead, err := chacha20poly1305.New(key)
	if err != nil {
		t.Fatal(err)
	}
	return aead.Seal(nil, []byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, byte(slot)}, text, nil)
}

func base(d keys.Diversifier) []byte {
	g := keys.DiversifiedBase(d)
	return g[:]
}
