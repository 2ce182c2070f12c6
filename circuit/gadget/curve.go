package gadget

import (
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bls12-381/twistededwards"

	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/jubjub"
)

// Point is a point of Jubjub in affine coordinates.
type Point struct{ X, Y Variable }

// AssignPoint returns the witness of p.
func AssignPoint(p jubjub.Point) Point {
	x, y := jubjub.Coordinates(p)
	return Point{X: x, Y: y}
}

// AddPoints returns p + q for points on the curve −x² + y² = 1 + d·x²·y²:
//
//	a = x1·y2, b = y1·x2, t = d·a·b
//	x3 = (a + b)/(1 + t)    y3 = ((y1 + x1)(x2 + y2) − a − b)/(1 − t)
//
// Jubjub has a = −1 (a square) and d not a square, so the law is complete: no
// denominator is 0 for any two points of the curve, and an unchecked division
// has one solution.
func (k *Kit) AddPoints(p, q Point) Point {
	d := twistededwards.GetEdwardsCurve().D
	a := k.Mul(p.X, q.Y)
	b := k.Mul(p.Y, q.X)
	t := k.Mul(k.Mul(a, b), d.BigInt(new(big.Int)))
	both := k.Add(a, b)
	cross := k.Mul(k.Add(p.Y, p.X), k.Add(q.X, q.Y))
	return Point{
		X: k.DivUnchecked(both, k.Add(1, t)),
		Y: k.DivUnchecked(k.Sub(cross, both), k.Sub(1, t)),
	}
}

// NegPoint returns −p.
func (k *Kit) NegPoint(p Point) Point { return Point{X: k.Neg(p.X), Y: p.Y} }

// window is the number of bits that one table look-up takes.
const window = 3

// FixedBase returns [Σ bits_i·2^i]base. The bits, lowest first, must be
// boolean; base is a constant in the prime-order subgroup. Each window of
// three bits costs nine constraints: three for the look-up of a multiple of
// base (the identity included) and six for the complete addition.
func (k *Kit) FixedBase(base jubjub.Point, bits []Variable) Point {
	for len(bits)%window != 0 {
		bits = append(bits[:len(bits):len(bits)], 0)
	}
	var sum Point
	for i := 0; i < len(bits); i += window {
		var multiples [1 << window]jubjub.Point
		multiples[0] = jubjub.Identity()
		for j := 1; j < len(multiples); j++ {
			multiples[j] = jubjub.Add(multiples[j-1], base)
		}
		base = jubjub.Add(multiples[len(multiples)-1], base)

		p := k.lookUp(multiples, [window]Variable(bits[i:i+window]))
		if i == 0 {
			sum = p
		} else {
			sum = k.AddPoints(sum, p)
		}
	}
	return sum
}

// lookUp returns table[b0 + 2·b1 + 4·b2]: each coordinate as the multilinear
// polynomial through its eight values,
//
//	c0 + c1·b0 + c2·b1 + c3·b0b1 + b2·(c4 + c5·b0 + c6·b1 + c7·b0b1)
func (k *Kit) lookUp(table [1 << window]jubjub.Point, b [window]Variable) Point {
	monomials := [4]Variable{1, b[0], b[1], k.Mul(b[0], b[1])}
	coordinate := func(of func(jubjub.Point) field.Element) Variable {
		var c [len(table)]field.Element
		for i, p := range table {
			c[i] = of(p)
		}
		// Möbius transform: from values at the corners to coefficients.
		for step := 1; step < len(c); step *= 2 {
			for i := range c {
				if i&step != 0 {
					c[i].Sub(&c[i], &c[i-step])
				}
			}
		}
		var low, high Variable = 0, 0
		for i, m := range monomials {
			low = k.Add(low, k.Mul(m, c[i].BigInt(new(big.Int))))
			high = k.Add(high, k.Mul(m, c[i+4].BigInt(new(big.Int))))
		}
		return k.Add(low, k.Mul(b[2], high))
	}
	return Point{
		X: coordinate(func(p jubjub.Point) field.Element { return p.X }),
		Y: coordinate(func(p jubjub.Point) field.Element { return p.Y }),
	}
}
