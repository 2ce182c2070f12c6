package amount

import "math/bits"

// BasisPoints is the denominator of every rate: 1 bp = 1/10,000.
const BasisPoints = 10_000

// Add returns a + b; ok is false if the sum is 2^64 or more.
func Add(a, b uint64) (sum uint64, ok bool) {
	sum, carry := bits.Add64(a, b, 0)
	return sum, carry == 0
}

// Sub returns a − b; ok is false if b > a.
func Sub(a, b uint64) (diff uint64, ok bool) {
	diff, borrow := bits.Sub64(a, b, 0)
	return diff, borrow == 0
}

// Mul returns a · b; ok is false if the product is 2^64 or more.
func Mul(a, b uint64) (product uint64, ok bool) {
	hi, lo := bits.Mul64(a, b)
	return lo, hi == 0
}

// FloorBp returns floor(a·bp/10^4). It always fits when bp ≤ 10^4; for larger
// rates ok is false if the quotient is 2^64 or more.
func FloorBp(a uint64, bp uint16) (q uint64, ok bool) {
	hi, lo := bits.Mul64(a, uint64(bp))
	if hi >= BasisPoints {
		return 0, false
	}
	q, _ = bits.Div64(hi, lo, BasisPoints)
	return q, true
}

// CeilBp returns ceil(a·bp/10^4); ok is false if it is 2^64 or more.
func CeilBp(a uint64, bp uint16) (q uint64, ok bool) {
	hi, lo := bits.Mul64(a, uint64(bp))
	if hi >= BasisPoints {
		return 0, false
	}
	q, rem := bits.Div64(hi, lo, BasisPoints)
	if rem == 0 {
		return q, true
	}
	return Add(q, 1)
}
