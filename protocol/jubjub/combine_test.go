package jubjub

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// TestCombine: the shared windows give what single products and a sum do, for
// points of the subgroup, of small order and the identity.
func TestCombine(t *testing.T) {
	torsion := Point{}
	torsion.Y.SetOne()
	torsion.Y.Neg(&torsion.Y) // (0, −1), of order two
	rapid.Check(t, func(t *rapid.T) {
		point := func(name string) Point {
			p := Mul(Spend, scalar().Draw(t, name))
			switch rapid.IntRange(0, 4).Draw(t, name+" kind") {
			case 0:
				return Identity()
			case 1:
				return Add(p, torsion)
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
	torsion := Point{}
	torsion.Y.SetOne()
	torsion.Y.Neg(&torsion.Y)
	for i := range int64(20) {
		in := Mul(Base, ScalarFromBig(big.NewInt(i)))
		for _, p := range []Point{in, Add(in, torsion)} {
			var q Point
			q.ScalarMultiplication(&p, order)
			if InSubgroup(p) != q.IsZero() {
				t.Fatalf("%d: %v", i, p)
			}
		}
	}
}
