package quorum

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"testing"

	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/rejection"
)

func key(b byte) ed25519.PrivateKey { return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{b}, 32)) }

func TestSignAndVerify(t *testing.T) {
	s := Sign(key(1), []byte("message"))
	if !Verify(s.Key, []byte("message"), s.Signature) {
		t.Error("a signature does not verify")
	}
	if Verify(s.Key, []byte("messagf"), s.Signature) || Verify(Key{}, []byte("message"), s.Signature) {
		t.Error("another message or key verifies")
	}
	// The group order added to S: the same point, another encoding.
	order := []byte{0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 31: 0x10}
	forged, carry := s.Signature, 0
	for i := range 32 {
		carry += int(forged[32+i]) + int(order[i])
		forged[32+i] = byte(carry)
		carry >>= 8
	}
	if Verify(s.Key, []byte("message"), forged) {
		t.Error("a signature is malleable")
	}
}

func TestReadRefuses(t *testing.T) {
	a, b := Signature{Key: Key{1}}, Signature{Key: Key{2}}
	for _, c := range []struct {
		name string
		list []Signature
		code rejection.Code
	}{
		{"twice", []Signature{a, a}, rejection.NonCanonical},
		{"descending", []Signature{b, a}, rejection.NonCanonical},
		{"too many", make([]Signature, Max+1), rejection.Oversized},
	} {
		w := encoding.NewWriter(64)
		Write(w, c.list)
		r := encoding.NewReader(w.Bytes())
		if Read(r); !errors.Is(r.Err(), c.code) {
			t.Errorf("%s: %v", c.name, r.Err())
		}
	}
}

func TestKeyText(t *testing.T) {
	k := Key{0xab, 31: 1}
	text, err := json.Marshal(k)
	if err != nil {
		t.Fatal(err)
	}
	var got Key
	if err := json.Unmarshal(text, &got); err != nil || got != k {
		t.Error(err)
	}
	for _, bad := range []string{"", "ab", string(bytes.ToUpper(text[1:65])), string(text[1:65]) + "00", "zz" + string(text[3:65])} {
		if err := got.UnmarshalText([]byte(bad)); !errors.Is(err, rejection.NonCanonical) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
