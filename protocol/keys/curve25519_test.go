package keys

import (
	"encoding/hex"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// subgroupOrder is ℓ.
func subgroupOrder() *big.Int {
	l, _ := new(big.Int).SetString("27742317777372353535851937790883648493", 10)
	return l.SetBit(l, 252, 1)
}

// The two scalars cancel up to sign, and clamping leaves them as they are.
func TestScalarsCancel(t *testing.T) {
	product := new(big.Int).Lsh(big.NewInt(1), 254)
	k := unclearing.Bytes()
	if k[0]&7 != 0 || k[31]&0xc0 != 0x40 {
		t.Error("clamping changes the unclearing scalar")
	}
	slices.Reverse(k)
	product.Mul(product, new(big.Int).SetBytes(k))
	product.Add(product, big.NewInt(1))
	if product.Mod(product, subgroupOrder()).Sign() != 0 {
		t.Error("the product is not −1 mod ℓ")
	}
}

// timesOrder reports whether [ℓ]P is the neutral element, by the ladder of RFC
// 7748 over integers: the definition that InSubgroup takes a shorter way to.
func timesOrder(p PointU) bool {
	mod := func(x *big.Int) *big.Int { return x.Mod(x, curvePrime) }
	add := func(x, y *big.Int) *big.Int { return mod(new(big.Int).Add(x, y)) }
	sub := func(x, y *big.Int) *big.Int { return mod(new(big.Int).Sub(x, y)) }
	mul := func(x, y *big.Int) *big.Int { return mod(new(big.Int).Mul(x, y)) }

	slices.Reverse(p[:])
	u := mod(new(big.Int).SetBytes(p[:]))
	x2, z2, x3, z3 := big.NewInt(1), new(big.Int), new(big.Int).Set(u), big.NewInt(1)
	l := subgroupOrder()
	for i := l.BitLen() - 1; i >= 0; i-- {
		if l.Bit(i) == 1 {
			x2, x3, z2, z3 = x3, x2, z3, z2
		}
		a, b := add(x2, z2), sub(x2, z2)
		aa, bb := mul(a, a), mul(b, b)
		e := sub(aa, bb)
		da, cb := mul(sub(x3, z3), a), mul(add(x3, z3), b)
		s, d := add(da, cb), sub(da, cb)
		x3, z3 = mul(s, s), mul(u, mul(d, d))
		x2, z2 = mul(aa, bb), mul(e, add(aa, mul(big.NewInt(121665), e)))
		if l.Bit(i) == 1 {
			x2, x3, z2, z3 = x3, x2, z3, z2
		}
	}
	return z2.Sign() == 0
}

func TestInSubgroupIsTheDefinition(t *testing.T) {
	seen := map[bool]int{}
	for n := range 400 {
		p := PointU{byte(n), byte(n >> 8)}
		canonical := p.onCurve()
		want := canonical && timesOrder(p)
		if got := p.InSubgroup(); got != want {
			t.Errorf("u = %d: %v", n, got)
		}
		seen[want]++
	}
	if seen[true] < 20 || seen[false] < 20 {
		t.Errorf("a one-sided sample: %v", seen)
	}
}

func TestInSubgroupRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"u = 0, of order 2":            "0000000000000000000000000000000000000000000000000000000000000000",
		"u = 1, of order 4":            "0100000000000000000000000000000000000000000000000000000000000000",
		"of order 8":                   "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
		"the other of order 8":         "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
		"u = −1, on the twist":         "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"u = p, not canonical":         "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"u = p + 9, not canonical":     "f6ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"9 with the top bit":           "0900000000000000000000000000000000000000000000000000000000000080",
		"u = 2, on the twist":          "0200000000000000000000000000000000000000000000000000000000000000",
		"all ones":                     "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"9 plus the point of order 2 ": mixed(9),
	} {
		b, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		if PointU(b).InSubgroup() {
			t.Errorf("%s is taken", name)
		}
	}
	if !(PointU{9}).InSubgroup() {
		t.Error("the base point is refused")
	}
}

// mixed returns u(P + T) for u(P) = n and T of order 2: 1/n.
func mixed(n int64) string {
	var p PointU
	new(big.Int).ModInverse(big.NewInt(n), curvePrime).FillBytes(p[:])
	slices.Reverse(p[:])
	return hex.EncodeToString(p[:])
}

func TestDiversifiedBase(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var d Diversifier
		copy(d[:], rapid.SliceOfN(rapid.Byte(), len(d), len(d)).Draw(t, "d"))
		g := DiversifiedBase(d)
		if !g.InSubgroup() || !timesOrder(g) {
			t.Fatal("outside the subgroup")
		}
		d[0] ^= 1
		if DiversifiedBase(d) == g {
			t.Fatal("two diversifiers, one base")
		}
	})
}

// e·(x·G_d) = x·(e·G_d): what makes one exchange scan all addresses.
func TestExchangeCommutes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var x, e [32]byte
		copy(x[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "x"))
		copy(e[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "e"))
		var d Diversifier
		copy(d[:], rapid.SliceOfN(rapid.Byte(), len(d), len(d)).Draw(t, "d"))
		g := DiversifiedBase(d)
		pub, ok1 := Exchange(x, g)
		epk, ok2 := Exchange(e, g)
		a, ok3 := Exchange(e, pub)
		b, ok4 := Exchange(x, epk)
		if !ok1 || !ok2 || !ok3 || !ok4 || a != b {
			t.Fatal("the two sides differ")
		}
	})
}

func BenchmarkDiversifiedBase(b *testing.B) {
	for b.Loop() {
		DiversifiedBase(Diversifier{1})
	}
}

func BenchmarkInSubgroup(b *testing.B) {
	for b.Loop() {
		(PointU{9}).InSubgroup()
	}
}
