package soundness

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"

	"github.com/consensys/gnark-crypto/ecc/bls12-381/fr"
)

// The hints of the circuits. Any other is an error: see Trial.Lies.
const (
	bitsHint     = "bits.nBits"
	divideHint   = "gadget.divideHint"
	notBelowHint = "gadget.notBelowHint"
	inverseHint  = "solver.InvZeroHint"
)

// Lies returns the answers that hint h of the trial could give instead of its
// honest one: those that an equation alone would let pass, and noise. A hint
// of a kind that is not known here is an error: whoever adds one says how it
// could lie.
func (t *Trial) Lies(h *Hint, random *rand.Rand) ([][]fr.Element, error) {
	honest := t.values[h.first:h.end]
	in := t.inputs(h)
	var lies [][]fr.Element
	switch h.Kind {
	case bitsHint:
		lies = bitLies(in[0], honest, t.modulus)
	case divideHint:
		lies = divisionLies(in[0], honest, t.modulus, random)
	case notBelowHint:
		lies = choiceLies()
	case inverseHint:
		lies = inverseLies(in[0], honest[0])
	default:
		return nil, fmt.Errorf("%s: no lies are known for hint %s", t.system.Name, h)
	}
	lies = append(lies, anyLies(honest, random)...)
	var out [][]fr.Element
	for _, lie := range lies {
		if !slices.Equal(lie, honest) {
			out = append(out, lie)
		}
	}
	return out, nil
}

// Manner is how the range checks behind a lie are answered.
type Manner int

// The manners: the lowest bits, as an honest prover; the whole value in one
// digit; digits with the right sum that are no bits; the digits of v + r.
const (
	Honest Manner = iota
	Whole
	Carried
	Wrapped
)

// Manners returns all of them.
func Manners() []Manner { return []Manner{Honest, Whole, Carried, Wrapped} }

// alter changes the honest bits of v.
func (m Manner) alter(v fr.Element, bits []fr.Element, r *big.Int) {
	one, two := fr.NewElement(1), fr.NewElement(2)
	switch m {
	case Whole:
		clear(bits)
		bits[0] = v
	case Carried:
		bits[0].Add(&bits[0], &two)
		bits[1].Sub(&bits[1], &one)
	case Wrapped:
		digits(bits, new(big.Int).Add(v.BigInt(new(big.Int)), r))
	}
}

// digits sets bits to the lowest bits of n.
func digits(bits []fr.Element, n *big.Int) {
	for i := range bits {
		bits[i].SetUint64(uint64(n.Bit(i)))
	}
}

// bitLies are other answers for the n bits of v: each bit flipped; each pair
// of neighbours changed so that the sum stays (b_i ± 2, b_{i+1} ∓ 1); the whole
// of v in one digit; and the digits of v + k·r, which are v's too if they fit.
func bitLies(v fr.Element, honest []fr.Element, r *big.Int) (lies [][]fr.Element) {
	one, two := fr.NewElement(1), fr.NewElement(2)
	change := func(alter func(bits []fr.Element)) {
		bits := slices.Clone(honest)
		alter(bits)
		lies = append(lies, bits)
	}
	for i := range honest {
		change(func(b []fr.Element) { b[i].Sub(&one, &b[i]) })
		if i+1 < len(honest) {
			change(func(b []fr.Element) { b[i].Add(&b[i], &two); b[i+1].Sub(&b[i+1], &one) })
			change(func(b []fr.Element) { b[i].Sub(&b[i], &two); b[i+1].Add(&b[i+1], &one) })
		}
	}
	change(func(b []fr.Element) { clear(b) })
	change(func(b []fr.Element) {
		for i := range b {
			b[i] = one
		}
	})
	change(func(b []fr.Element) { clear(b); b[0] = v })
	change(func(b []fr.Element) {
		clear(b)
		last := len(b) - 1
		var power fr.Element
		power.SetBigInt(new(big.Int).Lsh(big.NewInt(1), uint(last)))
		b[last].Div(&v, &power)
	})
	n := v.BigInt(new(big.Int))
	for range 3 {
		n.Add(n, r)
		change(func(b []fr.Element) { digits(b, n) })
	}
	return lies
}

// divisionLies are other quotients and remainders of v by 10^4: neighbours,
// the quotient in the field, remainders of any size with the quotient that
// fits them modulo r, and the division of v + k·r.
func divisionLies(v fr.Element, honest []fr.Element, r *big.Int, random *rand.Rand) (lies [][]fr.Element) {
	const divisor = 10_000
	ten4 := fr.NewElement(divisor)
	for k := int64(-2); k <= 2; k++ {
		var q, rem, step fr.Element
		q.Add(&honest[0], step.SetInt64(k))
		rem.Sub(&honest[1], step.SetInt64(k*divisor))
		lies = append(lies, []fr.Element{q, rem})
	}
	for _, rem := range []uint64{0, 1, 9_998, 9_999, 10_000, 1<<14 - 1, random.Uint64N(divisor), random.Uint64N(divisor)} {
		m := fr.NewElement(rem)
		var q fr.Element
		q.Sub(&v, &m)
		q.Div(&q, &ten4)
		lies = append(lies, []fr.Element{q, m})
	}
	n := v.BigInt(new(big.Int))
	for range 3 {
		n.Add(n, r)
		q, rem := new(big.Int).DivMod(n, big.NewInt(divisor), new(big.Int))
		lies = append(lies, []fr.Element{fromBig(q), fromBig(rem)})
	}
	return lies
}

// choiceLies are the answers to a yes-or-no question, and what is neither: at
// 1/2 the sign 2b − 1 vanishes.
func choiceLies() (lies [][]fr.Element) {
	var half fr.Element
	half.SetUint64(2).Inverse(&half)
	for _, v := range []int64{0, 1, 2, -1} {
		lies = append(lies, []fr.Element{fromBig(big.NewInt(v))})
	}
	return append(lies, []fr.Element{half})
}

// inverseLies are other answers for 1/a (0 for a = 0).
func inverseLies(a, honest fr.Element) (lies [][]fr.Element) {
	var twice fr.Element
	twice.Double(&honest)
	return [][]fr.Element{{a}, {twice}}
}

// anyLies are answers that need no knowledge of the hint.
func anyLies(honest []fr.Element, random *rand.Rand) (lies [][]fr.Element) {
	all := func(f func(i int) fr.Element) {
		said := make([]fr.Element, len(honest))
		for i := range said {
			said[i] = f(i)
		}
		lies = append(lies, said)
	}
	one := fr.One()
	all(func(int) fr.Element { return fr.Element{} })
	all(func(int) fr.Element { return one })
	all(func(i int) (e fr.Element) { return *e.Add(&honest[i], &one) })
	all(func(i int) (e fr.Element) { return *e.Sub(&honest[i], &one) })
	all(func(i int) (e fr.Element) { return *e.Neg(&honest[i]) })
	all(func(int) fr.Element { return randomElement(random) })
	all(func(int) fr.Element { return fr.NewElement(random.Uint64N(2)) })
	all(func(int) fr.Element { return fr.NewElement(random.Uint64()) })
	for range 2 { // one output only
		at := random.IntN(len(honest))
		said := slices.Clone(honest)
		said[at] = randomElement(random)
		lies = append(lies, said)
	}
	return lies
}

// randomElement returns an element of the field; the slight bias of a plain
// reduction does not matter here.
func randomElement(random *rand.Rand) (e fr.Element) {
	var b [fr.Bytes]byte
	for i := range b {
		b[i] = byte(random.Uint32())
	}
	e.SetBytes(b[:])
	return e
}

func fromBig(v *big.Int) (e fr.Element) {
	e.SetBigInt(v)
	return e
}

// ForRange says whether the hint gives the bits of a range check.
func (h *Hint) ForRange() bool { return h.Kind == bitsHint }
