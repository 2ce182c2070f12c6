package jubjub

import (
	"math/big"
	"slices"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bls12-381/fr"
	"pgregory.net/rapid"
)

// torsion returns the eight points whose order divides the cofactor.
func torsion(t *testing.T) []Point {
	t.Helper()
	all := []Point{Identity()}
	for v := uint64(2); len(all) < 8 && v < 1000; v++ {
		var y fr.Element
		y.SetUint64(v)
		p, ok := lift(y, false)
		if !ok {
			continue
		}
		var q Point
		q.ScalarMultiplication(&p, order)
		if !slices.ContainsFunc(all, func(p Point) bool { return p.Equal(&q) }) {
			all = append(all, q)
		}
	}
	if len(all) != 8 {
		t.Fatalf("%d points", len(all))
	}
	return all
}

// TestCombine: the shared windows give what single products and a sum do, for
// points of the subgroup, of small order, of both, and the identity.
func TestCombine(t *testing.T) {
	small := torsion(t)
	rapid.Check(t, func(t *rapid.T) {
		point := func(name string) Point {
			p := rapid.SampledFrom(small).Draw(t, name+" of small order")
			if rapid.Bool().Draw(t, name+" large") {
				p = Add(p, Mul(Spend, scalar().Draw(t, name)))
			}
			return p
		}
		p, q := point("p"), point("q")
		if rapid.IntRange(0, 4).Draw(t, "same") == 0 {
			q = Neg(p)
		}
		k, l := scalar().Draw(t, "k"), scalar().Draw(t, "l")
		sum := combine([]Point{p, q}, [][Size]byte{k.Bytes(), l.Bytes()})
		var got Point
		got.FromExtended(&sum)
		if want := Add(Mul(p, k), Mul(q, l)); !got.Equal(&want) {
			t.Fatalf("[%v]%v + [%v]%v", k, p, l, q)
		}
	})
}

// TestSubgroupIsTheOrders: InSubgroup says what multiplying by the order does.
func TestSubgroupIsTheOrders(t *testing.T) {
	small := torsion(t)
	for i := range int64(20) {
		in := Mul(Base, ScalarFromBig(big.NewInt(i)))
		for j, s := range small {
			p := Add(in, s)
			var q Point
			q.ScalarMultiplication(&p, order)
			if InSubgroup(p) != q.IsZero() || InSubgroup(p) != (j == 0) {
				t.Fatalf("%d, %d: %v", i, j, p)
			}
		}
	}
}
