package soundness

import (
	"math/big"
	"slices"

	"github.com/consensys/gnark-crypto/ecc/bls12-381/fr"
)

// Uniqueness says by which argument each internal wire is a function of the
// inputs: for all inputs, not only near a witness. It is read off the
// constraints alone, those that publish an output left out.
type Uniqueness struct {
	Linear    int    // wires that stand alone, with a constant factor, in a constraint
	Bits      int    // digits: boolean, and Σ 2^i·b_i is known, below the modulus
	Quotients int    // a/b by a constraint q·b = a: unique where b ≠ 0
	Lemmas    int    // by a pattern of spec/11's gadgets: see Unique
	Open      []Wire // by none
}

// Unique works out which wires the inputs fix. Beside the arguments that
// Uniqueness names there are three lemmas, used where their whole pattern is
// among the constraints:
//
//   - isZero: −a·x = m − 1 and a·m = 0. If a = 0 then m = 1, else m = 0. x is
//     1/a, or for a = 0 anything: it stays open.
//   - rate: q·10^4 + rem = v, q of 64 bits, rem and 9999 − rem of 14. Both
//     sides are integers below the modulus, so this is the division.
//   - sign: (2b − 1)·δ = d with d of 64 bits and b boolean. Of δ and −δ one at
//     most has 64 bits, but for 0. b stays open: at δ = 0 it may be either.
func (s *System) Unique() Uniqueness {
	u := uniqueness{system: s, known: make([]bool, s.wires), ranges: s.ranges()}
	for w := range s.names {
		u.known[w] = true
	}
	for again := true; again; {
		again = false
		for _, st := range s.steps {
			if c := st.constraint; c != nil && !c.binds {
				again = u.solve(c) || again
			} else if st.hint != nil {
				again = u.hint(st.hint) || again
			}
		}
	}
	for w, known := range u.known {
		if !known {
			u.out.Open = append(u.out.Open, Wire(w))
		}
	}
	return u.out
}

type uniqueness struct {
	system *System
	known  []bool
	ranges []rangeOf
	out    Uniqueness
}

// rangeOf is a range check: Σ 2^i·b_i = of, each b_i a boolean output of hint.
type rangeOf struct {
	hint *Hint
	of   sum
	bits int
}

// learn marks a wire as known and counts it.
func (u *uniqueness) learn(w Wire, count *int) bool {
	u.known[w] = true
	*count++
	return true
}

// solve learns the one unknown wire of a constraint.
func (u *uniqueness) solve(c *Constraint) bool {
	l, r, o := u.unknown(c.L), u.unknown(c.R), u.unknown(c.O)
	all := slices.Compact(slices.Sorted(slices.Values(slices.Concat(l, r, o))))
	if len(all) != 1 || len(l)+len(r)+len(o) != 1 {
		return false
	}
	factor := c.R
	switch {
	case len(o) == 1:
		return u.learn(all[0], &u.out.Linear)
	case len(r) == 1:
		factor = c.L
	}
	if len(factor) == 1 && factor[0].wire == 0 {
		return u.learn(all[0], &u.out.Linear)
	}
	// A factor that may be 0 leaves the wire open there. For the quotients of
	// the curve it never is (spec/11); where a hint is involved it is a lemma's
	// business.
	if !c.checks && c.computes == all[0] {
		return u.learn(all[0], &u.out.Quotients)
	}
	return false
}

func (u *uniqueness) unknown(e sum) (wires []Wire) {
	for _, t := range e {
		if !u.known[t.wire] {
			wires = append(wires, t.wire)
		}
	}
	return wires
}

// hint learns the outputs of a hint, or what follows from it, by its pattern.
func (u *uniqueness) hint(h *Hint) bool {
	s := u.system
	switch h.Kind {
	case bitsHint:
		i := slices.IndexFunc(u.ranges, func(r rangeOf) bool { return r.hint == h })
		if u.known[h.first] || i < 0 || len(u.unknown(u.ranges[i].of)) != 0 {
			return false
		}
		for w := h.first; w < h.end; w++ {
			u.learn(w, &u.out.Bits)
		}
		return true
	case inverseHint:
		for _, i := range s.readers[h.first] {
			c := s.steps[i].constraint // −a·x = m − 1
			if c == nil || c.checks || u.known[c.computes] {
				continue
			}
			minusA, ok := c.times(wire(h.first))
			m := c.computes
			equation := ok && len(u.unknown(minusA)) == 0 && same(c.O, sum{{0, minus(1)}, {m, fr.One()}})
			forced := slices.ContainsFunc(s.readers[m], func(j int32) bool { // a·m = 0
				d := s.steps[j].constraint
				if d == nil || len(d.O) != 0 {
					return false
				}
				a, ok := d.times(wire(m))
				return ok && same(a, negate(minusA))
			})
			if equation && forced {
				return u.learn(m, &u.out.Lemmas)
			}
		}
	case divideHint:
		q, rem := h.first, h.first+1
		if u.known[q] || len(u.unknown(h.inputs[0])) != 0 {
			return false
		}
		equation := slices.ContainsFunc(s.readers[q], func(i int32) bool {
			a, b, ok := s.steps[i].equation()
			return ok && same(a, h.inputs[0]) && same(b, sum{{q, fr.NewElement(10_000)}, {rem, fr.One()}})
		})
		if equation && u.inRange(wire(q), 64) && u.inRange(wire(rem), 14) &&
			u.inRange(sum{{0, fr.NewElement(9_999)}, {rem, minus(1)}}, 14) {
			u.learn(q, &u.out.Lemmas)
			return u.learn(rem, &u.out.Lemmas)
		}
	case notBelowHint:
		b := h.first
		sign := sum{{0, minus(1)}, {b, fr.NewElement(2)}}
		for _, i := range s.readers[b] {
			c := s.steps[i].constraint // (2b − 1)·δ = d
			if c == nil || c.checks || u.known[c.computes] {
				continue
			}
			d := wire(c.computes)
			if delta, ok := c.times(sign); ok && len(u.unknown(delta)) == 0 && same(c.O, d) && u.inRange(d, 64) && s.boolean(b) {
				return u.learn(c.computes, &u.out.Lemmas)
			}
		}
	}
	return false
}

// inRange says whether e is range-checked to n bits.
func (u *uniqueness) inRange(e sum, n int) bool {
	return slices.ContainsFunc(u.ranges, func(r rangeOf) bool { return r.bits == n && same(r.of, e) })
}

// ranges finds the range checks that are whole: every digit boolean, and their
// sum below the modulus tied to a value.
func (s *System) ranges() (out []rangeOf) {
	for _, h := range s.Hints {
		n := int(h.end - h.first)
		if h.Kind != bitsHint || n >= s.modulus.BitLen() {
			continue
		}
		var digits sum
		whole := true
		for i := range n {
			var power fr.Element
			power.SetBigInt(new(big.Int).Lsh(big.NewInt(1), uint(i)))
			digits = append(digits, term{h.first + Wire(i), power})
			whole = whole && s.boolean(h.first+Wire(i))
		}
		for _, i := range s.readers[h.first] {
			if a, b, ok := s.steps[i].equation(); whole && ok && same(a, digits) {
				out = append(out, rangeOf{h, b, n})
				break
			}
		}
	}
	return out
}

// boolean says whether w·(1 − w) = 0 is among the constraints.
func (s *System) boolean(w Wire) bool {
	return slices.ContainsFunc(s.readers[w], func(i int32) bool {
		c := s.steps[i].constraint
		if c == nil || len(c.O) != 0 {
			return false
		}
		not, ok := c.times(wire(w))
		return ok && same(not, sum{{0, fr.One()}, {w, minus(1)}})
	})
}

// times returns the other factor of the constraint if one of them is e.
func (c *Constraint) times(e sum) (other sum, ok bool) {
	switch {
	case same(c.L, e):
		return c.R, true
	case same(c.R, e):
		return c.L, true
	}
	return nil, false
}

// equation returns the two sides of 1·a = b.
func (st step) equation() (a, b sum, ok bool) {
	if st.constraint == nil {
		return nil, nil, false
	}
	a, ok = st.constraint.times(wire(0))
	return a, st.constraint.O, ok
}

// wire returns 1·w.
func wire(w Wire) sum { return sum{{w, fr.One()}} }

func minus(n uint64) (e fr.Element) {
	e.SetUint64(n)
	return *e.Neg(&e)
}

func negate(e sum) sum {
	out := slices.Clone(e)
	for i := range out {
		out[i].coeff.Neg(&out[i].coeff)
	}
	return out
}

// same says whether two linear expressions are, in whatever order.
func same(a, b sum) bool {
	if len(a) != len(b) {
		return false
	}
	for _, t := range a {
		if k, in := coefficient(b, t.wire); !in || k != t.coeff {
			return false
		}
	}
	return true
}
