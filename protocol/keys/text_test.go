package keys

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bls12-381/fr"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/rejection"
)

func TestTextRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := drawKey().Draw(t, "key").Viewing()
		n := rapid.SampledFrom([]Network{Main, Test, Development}).Draw(t, "network")
		a := v.Address(rapid.Uint32().Draw(t, "address"))
		if got, err := ParseAddress(a.Format(n), n); err != nil || got != a {
			t.Fatalf("address: %v", err)
		}
		if got, err := ParseViewingKey(v.Format(n), n); err != nil || got != v {
			t.Fatalf("viewing key: %v", err)
		}
		if got, err := ParseProverKey(v.ProverKey.Format(n), n); err != nil || got != v.ProverKey {
			t.Fatalf("prover key: %v", err)
		}
	})
}

// addressBytes is the encoding of a, changed by edit.
func addressBytes(a Address, edit func(b []byte)) []byte {
	w := encoding.NewWriter(AddressSize)
	WriteAddress(w, a)
	edit(w.Bytes())
	return w.Bytes()
}

type textRefusal struct {
	name, text string
	network    Network
	code       rejection.Code
}

// addressRefusals are what ParseAddress must refuse, one per class of failure.
func addressRefusals() []textRefusal {
	a := Derive(make([]byte, 64), 0).Viewing().Address(0)
	good := a.Format(Main)
	payload := func(b []byte) string { return encodeBech32m(string(Main), b) }
	edited := func(edit func(b []byte)) string { return payload(addressBytes(a, edit)) }
	flip := byte('q')
	if good[20] == flip {
		flip = 'p'
	}
	return []textRefusal{
		{"nothing", "", Main, rejection.BadAddress},
		{"one wrong character", good[:20] + string(flip) + good[21:], Main, rejection.BadAddress},
		{"cut short", good[:len(good)-1], Main, rejection.BadAddress},
		{"upper case", strings.ToUpper(good), Main, rejection.BadAddress},
		{"white space", " " + good, Main, rejection.BadAddress},
		{"test network", a.Format(Test), Main, rejection.WrongNetwork},
		{"main network", good, Development, rejection.WrongNetwork},
		{"no network", good, "", rejection.WrongNetwork},
		{"wrong prefix", encodeBech32m("bc", addressBytes(a, func([]byte) {})), Main, rejection.BadAddress},
		{"a viewing key", Derive(make([]byte, 64), 0).Viewing().Format(Main), Main, rejection.BadAddress},
		{"version 2", edited(func(b []byte) { b[0] = 2 }), Main, rejection.BadAddress},
		{"pk_d at the modulus", edited(func(b []byte) { copy(b[17:49], fr.Modulus().Bytes()) }), Main, rejection.BadAddress},
		{"PK_d of small order", edited(func(b []byte) { clear(b[49:]) }), Main, rejection.BadAddress},
		{"PK_d off the curve", edited(func(b []byte) { clear(b[49:]); b[49] = 2 }), Main, rejection.BadAddress},
		{"PK_d with its top bit", edited(func(b []byte) { b[80] |= 0x80 }), Main, rejection.BadAddress},
		{"a byte missing", payload(addressBytes(a, func([]byte) {})[:80]), Main, rejection.BadAddress},
		{"a byte too many", payload(append(addressBytes(a, func([]byte) {}), 0)), Main, rejection.BadAddress},
	}
}

func TestAddressRefusals(t *testing.T) {
	for _, c := range addressRefusals() {
		if _, err := ParseAddress(c.text, c.network); !errors.Is(err, c.code) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestReadAddressNamesTheFault(t *testing.T) {
	a := Derive(make([]byte, 64), 0).Viewing().Address(0)
	for name, c := range map[string]struct {
		edit func(b []byte)
		code rejection.Code
	}{
		"version": {func(b []byte) { b[0] = 9 }, rejection.UnknownVersion},
		"pk_d":    {func(b []byte) { copy(b[17:49], fr.Modulus().Bytes()) }, rejection.NonCanonical},
		"PK_d":    {func(b []byte) { clear(b[49:]) }, rejection.BadPoint},
	} {
		r := encoding.NewReader(addressBytes(a, c.edit))
		if got := ReadAddress(r); !errors.Is(r.Done(), c.code) || !got.IsZero() {
			t.Errorf("%s: %v", name, r.Err())
		}
	}
}

func TestKeyRefusals(t *testing.T) {
	v := Derive(make([]byte, 64), 0).Viewing()
	good, prover := v.Format(Main), v.ProverKey.Format(Main)
	_, payload, _ := decodeBech32m(good)
	edited := func(edit func(b []byte)) string {
		b := bytes.Clone(payload)
		edit(b)
		return encodeBech32m("njv", b)
	}
	for name, c := range map[string]struct {
		text string
		code rejection.Code
	}{
		"an address":        {v.Address(0).Format(Main), rejection.BadViewingKey},
		"a prover key":      {prover, rejection.BadViewingKey},
		"test network":      {v.Format(Test), rejection.WrongNetwork},
		"cut short":         {good[:40], rejection.BadViewingKey},
		"version 0":         {edited(func(b []byte) { b[0] = 0 }), rejection.BadViewingKey},
		"ak off the curve":  {edited(func(b []byte) { clear(b[1:33]) }), rejection.BadViewingKey},
		"dk at the modulus": {edited(func(b []byte) { copy(b[65:], fr.Modulus().Bytes()) }), rejection.BadViewingKey},
		"a byte missing":    {encodeBech32m("njv", payload[:96]), rejection.BadViewingKey},
	} {
		if _, err := ParseViewingKey(c.text, Main); !errors.Is(err, c.code) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ParseProverKey(good, Main); !errors.Is(err, rejection.BadViewingKey) {
		t.Errorf("a viewing key as prover key: %v", err)
	}
	if _, err := ParseProverKey(encodeBech32m("njp", payload[:64]), Main); !errors.Is(err, rejection.BadViewingKey) {
		t.Errorf("a short prover key: %v", err)
	}
}

func FuzzReadAddress(f *testing.F) {
	a := Derive(make([]byte, 64), 0).Viewing().Address(0)
	f.Add(addressBytes(a, func([]byte) {}))
	f.Add(make([]byte, AddressSize))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := encoding.NewReader(b)
		got := ReadAddress(r)
		if r.Done() != nil {
			return
		}
		if !bytes.Equal(addressBytes(got, func([]byte) {}), b) {
			t.Fatalf("%x has two encodings", b)
		}
	})
}

func FuzzParseAddress(f *testing.F) {
	for _, c := range addressRefusals() {
		f.Add(c.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if a, err := ParseAddress(text, Main); err == nil && a.Format(Main) != text {
			t.Fatalf("%q has two texts", text)
		}
		if k, err := ParseViewingKey(text, Main); err == nil && k.Format(Main) != text {
			t.Fatalf("%q has two texts", text)
		}
		if k, err := ParseProverKey(text, Main); err == nil && k.Format(Main) != text {
			t.Fatalf("%q has two texts", text)
		}
	})
}

func BenchmarkParseAddress(b *testing.B) {
	text := Derive(make([]byte, 64), 0).Viewing().Address(0).Format(Main)
	for b.Loop() {
		if _, err := ParseAddress(text, Main); err != nil {
			b.Fatal(err)
		}
	}
}
