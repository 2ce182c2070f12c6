package keys

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/jubjub"
)

// drawKey draws an account.
func drawKey() *rapid.Generator[SpendingKey] {
	return rapid.Custom(func(t *rapid.T) SpendingKey {
		seed := rapid.SliceOfN(rapid.Byte(), 64, 64).Draw(t, "seed")
		return Derive(seed, rapid.Uint32().Draw(t, "index"))
	})
}

func TestAccountsDiffer(t *testing.T) {
	seed := make([]byte, 64)
	a, b := Derive(seed, 0), Derive(seed, 1)
	if a != Derive(seed, 0) {
		t.Error("not deterministic")
	}
	if a.ask == b.ask || a.view.NK == b.view.NK || a.view.DK == b.view.DK || a.view.AK == b.view.AK {
		t.Error("two accounts share a key")
	}
}

// Every secret is of its own: no two derivations of one account agree.
func TestDerivationsDiffer(t *testing.T) {
	v := Derive(make([]byte, 64), 0).Viewing()
	nf, other := field.FromUint64(5), field.FromUint64(6)
	seen := map[field.Element]string{}
	for name, e := range map[string]field.Element{
		"nk": v.NK, "dk": v.DK, "oid": v.OID(),
		"r_0": v.OutputR(nf, 0), "r_1": v.OutputR(nf, 1), "r_0 of another action": v.OutputR(other, 0),
		"s": v.OrderSecret(nf), "s of another action": v.OrderSecret(other),
		"deposit 5": v.DepositR(5), "deposit 6": v.DepositR(6), "return": v.ReturnR(nf),
		"dummy 1": v.DummyRho(nf, 1), "dummy 2": v.DummyRho(nf, 2),
		"pk_d 0": v.Address(0).PKd, "pk_d 1": v.Address(1).PKd,
	} {
		if also, ok := seen[e]; ok {
			t.Errorf("%s = %s", name, also)
		}
		seen[e] = name
	}
	if v.SelfKey() == v.ScanKey() {
		t.Error("self key = scan key")
	}
}

// The prover's half makes rk; only the spending key signs under it.
func TestSpendAuthority(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := drawKey().Draw(t, "key")
		alpha := Alpha(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "entropy"))
		var sighash [32]byte
		copy(sighash[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "sighash"))
		sig := k.Sign(alpha, sighash, nil)
		rk := k.Viewing().Randomize(alpha)
		if !jubjub.Verify(domain.SpendSig, jubjub.Spend, rk, sighash[:], sig) {
			t.Fatal("rk refuses its signature")
		}
		if jubjub.Verify(domain.SpendSig, jubjub.Spend, k.view.AK, sighash[:], sig) {
			t.Fatal("ak takes the signature of rk")
		}
		// ak = rk − [α]G, as the circuit computes it.
		if jubjub.Add(rk, jubjub.Neg(jubjub.Mul(jubjub.Spend, alpha))) != k.view.AK {
			t.Fatal("rk − [α]G ≠ ak")
		}
	})
}

// What a mistaken log line or %v prints is no secret. (Verbs for numbers go
// around String; nobody prints a struct with them by mistake.)
func TestKeysDoNotPrint(t *testing.T) {
	k := Derive(make([]byte, 64), 0)
	v := k.Viewing()
	ask, nk, dk := k.ask.Big(), v.NK, v.DK
	secrets := []string{
		fmt.Sprint(ask), fmt.Sprintf("%x", ask), fmt.Sprint(k.ask.Bytes()),
		nk.String(), fmt.Sprintf("%x", nk.Bytes()), fmt.Sprint([4]uint64(nk)), fmt.Sprintf("%#v", [4]uint64(nk)),
		dk.String(), fmt.Sprintf("%x", dk.Bytes()), fmt.Sprint([4]uint64(dk)), fmt.Sprintf("%#v", [4]uint64(dk)),
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		for _, key := range []any{k, v, v.ProverKey, struct{ Inner SpendingKey }{k}} {
			text := fmt.Sprintf(verb, key)
			for _, s := range secrets {
				if strings.Contains(text, strings.Trim(s, "[]")) {
					t.Errorf("%s of %T prints a secret", verb, key)
				}
			}
		}
	}
}

func TestDiversifierElement(t *testing.T) {
	d := Diversifier{0: 1, 15: 2}
	want := field.Pack(field.Word{V: 2}, field.Word{V: 1 << 56, Shift: 64})
	if d.Element() != want {
		t.Error("d is not a big-endian integer")
	}
}
