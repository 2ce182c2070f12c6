package keys

import (
	"bytes"
	"errors"
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
	v := Derive(make([]byte, 64), 0).Viewing()
	for _, n := range []Network{Main, Test} {
		f.Add(v.Address(0).Format(n))
		f.Add(v.Format(n))
		f.Add(v.ProverKey.Format(n))
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
