package jubjub

import "github.com/consensys/gnark-crypto/ecc/bls12-381/twistededwards"

// combine returns Σ scalars_i·points_i. The doublings are shared and four bits
// are taken at a time (Straus), which is half the work of single products. Its
// time depends on the values: it is for what verifiers see, never for secrets.
//
// Additions are complete on this curve (spec/11-circuits.md, "Addition"), so no
// combination of points needs a case of its own. Scalars are big-endian.
func combine(points []Point, scalars [][Size]byte) (sum twistededwards.PointExtended) {
	zero := Identity()
	tables := make([][16]twistededwards.PointExtended, len(points))
	for i, p := range points {
		t := &tables[i]
		t[0].FromAffine(&zero)
		for j := 1; j < len(t); j++ {
			t[j].MixedAdd(&t[j-1], &p)
		}
	}
	sum.FromAffine(&zero)
	for at := range 2 * Size { // windows of four bits, the highest first
		for range 4 {
			sum.Double(&sum)
		}
		for i := range points {
			window := scalars[i][at/2]
			if at%2 == 0 {
				window >>= 4
			}
			sum.Add(&sum, &tables[i][window&15])
		}
	}
	return sum
}
