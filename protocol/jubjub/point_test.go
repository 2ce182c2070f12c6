package jubjub

import (
	"errors"
	"math/big"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bls12-381/fr"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/rejection"
)

func decode(b []byte) (Point, error) {
	r := encoding.NewReader(b)
	p := Read(r)
	return p, r.Done()
}

// scalar draws a scalar that is not 0.
func scalar() *rapid.Generator[Scalar] {
	return rapid.Custom(func(t *rapid.T) Scalar {
		return ScalarFromBig(new(big.Int).SetBytes(rapid.SliceOfN(rapid.Byte(), 40, 40).Draw(t, "scalar")))
	}).Filter(func(s Scalar) bool { return !s.IsZero() })
}

// The group order as published with Jubjub, so that a change of library cannot
// change it unnoticed.
func TestOrder(t *testing.T) {
	want, _ := new(big.Int).SetString("0e7db4ea6533afa906673b0101343b00a6682093ccc81082d0970e5ed6f72cb7", 16)
	if Order().Cmp(want) != 0 {
		t.Errorf("order %x", Order())
	}
	if Order().BitLen() != OrderBits {
		t.Errorf("%d bits", Order().BitLen())
	}
	if !Order().ProbablyPrime(20) {
		t.Error("not prime")
	}
}

func TestGeneratorsAreIndependentPoints(t *testing.T) {
	all := map[string]Point{"spend": Spend, "base": Base, "quote": Quote, "blind": Blind}
	seen := map[[Size]byte]string{}
	for name, g := range all {
		if !InSubgroup(g) || g.IsZero() {
			t.Errorf("%s is not a generator of the subgroup", name)
		}
		if other, ok := seen[Encode(g)]; ok {
			t.Errorf("%s equals %s", name, other)
		}
		seen[Encode(g)] = name
		seen[Encode(Neg(g))] = "minus " + name
	}
}

// A library that reduces scalars by the order would make the subgroup check
// true of every point; these are points of small and of composite order.
func TestSubgroupCheckRefusesTorsion(t *testing.T) {
	for name, torsion := range torsionPoints(t) {
		if !torsion.IsOnCurve() {
			t.Fatalf("%s is not on the curve", name)
		}
		if InSubgroup(torsion) {
			t.Errorf("%s passes as a point of the subgroup", name)
		}
		mixed := Add(Spend, torsion)
		if InSubgroup(mixed) {
			t.Errorf("spend + %s passes as a point of the subgroup", name)
		}
		for _, p := range []Point{torsion, mixed} {
			b := Encode(p)
			if _, err := decode(b[:]); !errors.Is(err, rejection.BadPoint) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// torsionPoints returns the seven points of order 2, 4 and 8: every multiple of
// a point of full order times the subgroup's order.
func torsionPoints(t testing.TB) map[string]Point {
	t.Helper()
	out := map[string]Point{}
	for v := uint64(2); ; v++ {
		var y fr.Element
		y.SetUint64(v)
		p, ok := lift(y, false)
		if !ok {
			continue
		}
		g := timesOrder(p)
		if len(multiples(g)) != 8 {
			continue
		}
		for i, q := range multiples(g) {
			if !q.IsZero() {
				out["torsion point "+string(rune('0'+i))] = q
			}
		}
		return out
	}
}

// timesOrder returns [order]p by double-and-add with the library's addition only,
// apart from the scalar multiplication under test.
func timesOrder(p Point) Point {
	sum := Identity()
	for i := order.BitLen() - 1; i >= 0; i-- {
		sum = Add(sum, sum)
		if order.Bit(i) == 1 {
			sum = Add(sum, p)
		}
	}
	return sum
}

// multiples returns g, 2g, … up to the identity.
func multiples(g Point) (out []Point) {
	for p := g; ; p = Add(p, g) {
		out = append(out, p)
		if p.IsZero() {
			return out
		}
	}
}

// Read refuses the identity (spec/vectors); a value commitment may be it.
func TestReadAnyTakesTheIdentity(t *testing.T) {
	identity := Encode(Identity())
	r := encoding.NewReader(identity[:])
	if p := ReadAny(r); r.Done() != nil || !p.IsZero() {
		t.Error("ReadAny refuses the identity")
	}
}

func TestOneEncodingPerPoint(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Mul(Spend, scalar().Draw(t, "k"))
		b := Encode(p)
		q, err := decode(b[:])
		if err != nil || q != p || Encode(q) != b {
			t.Fatalf("%v", err)
		}
		n := Neg(p)
		if nb := Encode(n); nb[0]^b[0] != 0x80 {
			t.Fatal("p and −p differ in more than the sign")
		}
	})
}

func TestScalarArithmetic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := scalar().Draw(t, "a"), scalar().Draw(t, "b")
		if Mul(Base, a.Add(b)) != Add(Mul(Base, a), Mul(Base, b)) {
			t.Fatal("[a + b]G ≠ [a]G + [b]G")
		}
		if Mul(Base, a.Mul(b)) != Mul(Mul(Base, a), b) {
			t.Fatal("[ab]G ≠ [b][a]G")
		}
		v := rapid.Uint64().Draw(t, "v")
		if MulUint64(Base, v) != Mul(Base, ScalarFromBig(new(big.Int).SetUint64(v))) {
			t.Fatal("MulUint64")
		}
	})
}

func TestReadScalar(t *testing.T) {
	var at [Size]byte
	Order().FillBytes(at[:])
	var below [Size]byte
	new(big.Int).Sub(Order(), big.NewInt(1)).FillBytes(below[:])
	r := encoding.NewReader(below[:])
	if s := ReadScalar(r); r.Done() != nil || s.Bytes() != below {
		t.Error("order − 1 refused")
	}
	r = encoding.NewReader(at[:])
	if ReadScalar(r); !errors.Is(r.Done(), rejection.NonCanonical) {
		t.Error("the order taken")
	}
}

func FuzzRead(f *testing.F) {
	g := Encode(Spend)
	f.Add(g[:])
	f.Add(make([]byte, Size))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := decode(b)
		if err != nil {
			return
		}
		if got := Encode(p); string(got[:]) != string(b) || !InSubgroup(p) || p.IsZero() {
			t.Fatalf("%x", b)
		}
	})
}
