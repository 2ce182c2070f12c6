package jubjub

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/encoding"
)

func TestSignVerify(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		secret := scalar().Draw(t, "secret")
		message := rapid.SliceOf(rapid.Byte()).Draw(t, "message")
		entropy := rapid.SliceOf(rapid.Byte()).Draw(t, "entropy")
		key := Mul(Spend, secret)
		sig := Sign(domain.SpendSig, Spend, secret, message, entropy)
		if !Verify(domain.SpendSig, Spend, key, message, sig) {
			t.Fatal("own signature refused")
		}
		if sig != Sign(domain.SpendSig, Spend, secret, message, entropy) {
			t.Fatal("not deterministic")
		}
		bit := rapid.IntRange(0, 8*SignatureSize-1).Draw(t, "bit")
		bad := sig
		bad[bit/8] ^= 1 << (bit % 8)
		if Verify(domain.SpendSig, Spend, key, message, bad) {
			t.Fatalf("bit %d is free", bit)
		}
		if Verify(domain.SpendSig, Spend, key, append([]byte{1}, message...), sig) {
			t.Fatal("another message")
		}
		if Verify(domain.BindingSig, Spend, key, message, sig) {
			t.Fatal("another context")
		}
		if Verify(domain.SpendSig, Blind, key, message, sig) {
			t.Fatal("another base")
		}
		if Verify(domain.SpendSig, Spend, Add(key, Spend), message, sig) {
			t.Fatal("another key")
		}
	})
}

// A re-randomised key signs, and the signature does not hold under the key it
// came from.
func TestRandomisedKey(t *testing.T) {
	ask := ScalarFromBig(big.NewInt(123456789))
	alpha := ScalarFromBig(big.NewInt(987654321))
	ak := Mul(Spend, ask)
	rk := Add(ak, Mul(Spend, alpha))
	sig := Sign(domain.SpendSig, Spend, ask.Add(alpha), []byte("m"), nil)
	if !Verify(domain.SpendSig, Spend, rk, []byte("m"), sig) {
		t.Error("rk refuses")
	}
	if Verify(domain.SpendSig, Spend, ak, []byte("m"), sig) {
		t.Error("ak accepts")
	}
}

// The second form of every part of a signature is refused: S + order, −R with
// its sign, a torsion component in R, and the trivial key.
func TestSignaturesAreNotMalleable(t *testing.T) {
	secret := ScalarFromBig(big.NewInt(42))
	key := Mul(Spend, secret)
	sig := Sign(domain.SpendSig, Spend, secret, []byte("m"), nil)

	bad := sig
	s := new(big.Int).SetBytes(sig[Size:])
	s.Add(s, Order()).FillBytes(bad[Size:])
	if Verify(domain.SpendSig, Spend, key, []byte("m"), bad) {
		t.Error("S + order")
	}
	bad = sig
	bad[0] ^= 0x80
	if Verify(domain.SpendSig, Spend, key, []byte("m"), bad) {
		t.Error("−R")
	}
	r, err := decode(sig[:Size])
	if err != nil {
		t.Fatal(err)
	}
	for name, torsion := range torsionPoints(t) {
		bad = sig
		b := Encode(Add(r, torsion))
		copy(bad[:], b[:])
		if Verify(domain.SpendSig, Spend, key, []byte("m"), bad) {
			t.Errorf("R + %s", name)
		}
	}
	// Under the identity as key, R = [S]B would do for any message.
	forged := Signature{}
	one := ScalarFromBig(big.NewInt(1)).Bytes()
	b := Encode(Spend)
	copy(forged[:], b[:])
	copy(forged[Size:], one[:])
	if Verify(domain.SpendSig, Spend, Identity(), []byte("m"), forged) {
		t.Error("the identity as key")
	}
}

// Different entropy, messages or contexts never share a nonce.
func TestNonces(t *testing.T) {
	secret := ScalarFromBig(big.NewInt(42))
	seen := map[string]bool{}
	for _, c := range []struct {
		ctx              domain.Context
		message, entropy string
	}{
		{domain.SpendSig, "m", ""}, {domain.SpendSig, "n", ""}, {domain.SpendSig, "m", "e"},
		{domain.SpendSig, "", "m"}, {domain.BindingSig, "m", ""},
	} {
		sig := Sign(c.ctx, Spend, secret, []byte(c.message), []byte(c.entropy))
		if seen[string(sig[:Size])] {
			t.Errorf("%+v repeats a nonce", c)
		}
		seen[string(sig[:Size])] = true
	}
}

func FuzzVerify(f *testing.F) {
	key := Mul(Spend, ScalarFromBig(big.NewInt(42)))
	good := Sign(domain.SpendSig, Spend, ScalarFromBig(big.NewInt(42)), []byte("m"), nil)
	f.Add(good[:])
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) != SignatureSize || Signature(b) == good {
			return
		}
		if Verify(domain.SpendSig, Spend, key, []byte("m"), Signature(b)) {
			t.Fatalf("forged %x", b)
		}
		r := encoding.NewReader(b)
		ReadAny(r)
	})
}

func BenchmarkVerify(b *testing.B) {
	secret := ScalarFromBig(big.NewInt(42))
	key := Mul(Spend, secret)
	sig := Sign(domain.SpendSig, Spend, secret, []byte("m"), nil)
	b.ReportAllocs()
	for b.Loop() {
		if !Verify(domain.SpendSig, Spend, key, []byte("m"), sig) {
			b.Fatal()
		}
	}
}

func BenchmarkRead(b *testing.B) {
	e := Encode(Spend)
	for b.Loop() {
		if _, err := decode(e[:]); err != nil {
			b.Fatal(err)
		}
	}
}
