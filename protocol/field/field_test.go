package field

import (
	"bytes"
	"errors"
	"math/big"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bls12-381/fr"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/rejection"
)

func element() *rapid.Generator[Element] {
	return rapid.Custom(func(t *rapid.T) (e Element) {
		e.SetBytes(rapid.SliceOfN(rapid.Byte(), Size, Size).Draw(t, "element"))
		return e
	})
}

func wire(e Element) []byte {
	w := encoding.NewWriter(Size)
	Write(w, e)
	return w.Bytes()
}

func TestOneEncodingPerElement(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := element().Draw(t, "e")
		got, err := FromBytes(wire(e))
		if err != nil || got != e {
			t.Fatalf("%v", err)
		}
	})
}

// nf and nf + r would be one statement to a verifier and two keys to a set.
func TestNothingIsReduced(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := element().Draw(t, "e")
		v := e.BigInt(new(big.Int))
		if v.Add(v, fr.Modulus()); v.BitLen() > 256 {
			return
		}
		if _, err := FromBytes(v.FillBytes(make([]byte, Size))); !errors.Is(err, rejection.NonCanonical) {
			t.Fatalf("%v", err)
		}
	})
}

func TestPackIsTheSum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := rapid.Uint64().Draw(t, "a"), rapid.Uint64().Draw(t, "b"), rapid.Uint32().Draw(t, "c")
		got := Pack(Word{V: a}, Word{V: b, Shift: 64}, Word{V: uint64(c), Shift: 128})
		var want, shift, term Element
		want.SetUint64(a)
		shift.SetUint64(1 << 32).Square(&shift)
		term.SetUint64(b)
		want.Add(&want, term.Mul(&term, &shift))
		shift.Square(&shift)
		term.SetUint64(uint64(c))
		want.Add(&want, term.Mul(&term, &shift))
		if got != want {
			t.Fatal("Pack ≠ a + 2^64·b + 2^128·c")
		}
	})
}

// H keeps its inputs apart by tag, by length and by place: no input is a
// prefix, a zero-extension or a permutation of another with the same hash.
func TestHashSeparates(t *testing.T) {
	one, zero := FromUint64(1), Element{}
	seen := map[Element]string{}
	for name, h := range map[string]Element{
		"H(PK)":         H(domain.PK),
		"H(PK; 0)":      H(domain.PK, zero),
		"H(PK; 0,0)":    H(domain.PK, zero, zero),
		"H(PK; 0,0,0)":  H(domain.PK, zero, zero, zero),
		"H(PK; 1)":      H(domain.PK, one),
		"H(PK; 1,0)":    H(domain.PK, one, zero),
		"H(PK; 0,1)":    H(domain.PK, zero, one),
		"H(OWNER; 1)":   H(domain.Owner, one),
		"H(OWNER; 0,1)": H(domain.Owner, zero, one),
	} {
		if other, ok := seen[h]; ok {
			t.Errorf("%s = %s", name, other)
		}
		seen[h] = name
	}
}

func TestCompressionsShareOnePermutation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := element().Draw(t, "a"), element().Draw(t, "b"), element().Draw(t, "c")
		s := P(a, b, c)
		k := K(a, b, c)
		x, y := K2(a, b, c)
		s[0].Add(&s[0], &a)
		s[1].Add(&s[1], &b)
		if k != s[0] || x != s[0] || y != s[1] {
			t.Fatal("K or K2")
		}
	})
}

// Parts of FromHash are length-prefixed: moving a byte across a boundary
// changes the result.
func TestFromHashFramesItsParts(t *testing.T) {
	seen := map[Element]string{}
	for name, e := range map[string]Element{
		"ab":     FromHash("c", []byte("ab")),
		"a|b":    FromHash("c", []byte("a"), []byte("b")),
		"|ab":    FromHash("c", nil, []byte("ab")),
		"ab|":    FromHash("c", []byte("ab"), nil),
		"c: ca|": FromHash("cc", []byte("a")),
	} {
		if other, ok := seen[e]; ok {
			t.Errorf("%s = %s", name, other)
		}
		seen[e] = name
	}
}

func FuzzFromBytes(f *testing.F) {
	f.Add(make([]byte, Size))
	f.Add(fr.Modulus().Bytes())
	f.Add(bytes.Repeat([]byte{0xff}, Size))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := FromBytes(b)
		if err == nil && !bytes.Equal(wire(e), b) {
			t.Fatalf("%x has two encodings", b)
		}
	})
}

func BenchmarkK(b *testing.B) {
	x, y, z := FromUint64(1), FromUint64(2), FromUint64(3)
	b.ReportAllocs()
	for b.Loop() {
		x = K(x, y, z)
	}
}

func BenchmarkH4(b *testing.B) {
	x, y, z := FromUint64(1), FromUint64(2), FromUint64(3)
	b.ReportAllocs()
	for b.Loop() {
		x = H(domain.PK, x, y, z, z)
	}
}

func BenchmarkPack(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Pack(Word{V: 7}, Word{V: 9, Shift: 64}, Word{V: 1, Shift: 96})
	}
}
