package gadget

import (
	"math/big"

	"github.com/nightjar/nightjar/protocol/amount"
)

// FloorBp returns floor(a·bp/10^4) and asserts that it is below 2^64: the twin
// of amount.FloorBp. a < 2^64, bp < 2^16.
func (k *Kit) FloorBp(a, bp Variable) Variable { return k.perTenThousand(k.Mul(a, bp)) }

// CeilBp returns ceil(a·bp/10^4) and asserts that it is below 2^64: the twin
// of amount.CeilBp. a < 2^64, bp < 2^16.
func (k *Kit) CeilBp(a, bp Variable) Variable {
	return k.perTenThousand(k.Add(k.Mul(a, bp), amount.BasisPoints-1))
}

// perTenThousand returns q = floor(v/10^4) for v < 2^81, from
//
//	v = q·10^4 + rem,  0 ≤ rem ≤ 9999,  q < 2^64
//
// Neither side reaches the modulus, so q and rem are the only solution.
func (k *Kit) perTenThousand(v Variable) Variable {
	const bitsOfRem = 14
	out, err := k.Compiler().NewHint(divideHint, 2, v)
	if err != nil {
		panic(err) // only a wrong number of inputs can fail
	}
	q, rem := out[0], out[1]
	k.Range(q, 64)
	k.Range(rem, bitsOfRem)
	k.Range(k.Sub(amount.BasisPoints-1, rem), bitsOfRem)
	k.AssertIsEqual(v, k.Add(k.Mul(q, amount.BasisPoints), rem))
	return q
}

// divideHint gives floor(v/10^4) and the remainder.
func divideHint(_ *big.Int, in, out []*big.Int) error {
	out[0].DivMod(in[0], big.NewInt(amount.BasisPoints), out[1])
	return nil
}

// NoBand is the deviation that means "65535 bp or more, or no reference".
const noBand = 65535

// AssertDeviation asserts dev = market.Deviation(price, ref): the smallest dev
// with dev·ref ≥ D, D = |price − ref|·10^4, saturating at 65535.
//
//	dev is enough:         dev = 65535 or dev·ref − D ≥ 0
//	nothing less would be: D − (dev−1)·ref − 1 ≥ 0
//
// The second line holds for dev = 0 too, because then price = ref ≥ 1. Without
// a reference (ref = 0) D is positive, so the first line demands 65535 and the
// second allows it. 1 ≤ price < 2^64, ref < 2^64, dev < 2^16; all terms stay
// within ±2^81.
func (k *Kit) AssertDeviation(price, ref, dev Variable) {
	out, err := k.Compiler().NewHint(notBelowHint, 1, price, ref)
	if err != nil {
		panic(err)
	}
	above := out[0]
	k.AssertIsBoolean(above)
	distance := k.Mul(k.Sub(k.Mul(above, 2), 1), k.Sub(price, ref))
	k.Range(distance, 64)

	d := k.Mul(distance, amount.BasisPoints)
	reach := k.Mul(dev, ref)
	saturated := k.IsZero(k.Sub(noBand, dev))
	k.Range(k.Mul(k.Not(saturated), k.Sub(reach, d)), 80)
	k.Range(k.Sub(k.Add(d, ref), reach, 1), 79)
}

// notBelowHint gives 1 if a ≥ b and 0 otherwise.
func notBelowHint(_ *big.Int, in, out []*big.Int) error {
	out[0].SetUint64(0)
	if in[0].Cmp(in[1]) >= 0 {
		out[0].SetUint64(1)
	}
	return nil
}
