package soundness

import (
	"fmt"
	"math/big"
	"math/bits"

	"github.com/consensys/gnark-crypto/ecc/bls12-381/fr"
)

// Trial is the wires of a system for one assignment of the inputs, and what
// becomes of them when hints lie.
type Trial struct {
	system *System
	values []fr.Element
	failed map[int32]bool // steps whose constraint does not hold, but for bindings

	dirty   []uint64       // steps to take again, one bit each
	undo    []change       // what the lie changed
	healed  map[int32]bool // steps in failed that now hold
	modulus *big.Int
}

type change struct {
	wire Wire
	was  fr.Element
}

// Solve computes every wire as an honest prover does. inputs are the public
// and secret ones in their order. It goes on where a constraint fails, so that
// false statements can be tried too.
func (s *System) Solve(inputs []fr.Element) (*Trial, error) {
	if len(inputs) != len(s.names)-1 {
		return nil, fmt.Errorf("%s has %d inputs, not %d", s.Name, len(s.names)-1, len(inputs))
	}
	t := &Trial{
		system: s, values: make([]fr.Element, s.wires), failed: map[int32]bool{},
		dirty: make([]uint64, (len(s.steps)+63)/64), healed: map[int32]bool{}, modulus: s.modulus,
	}
	t.values[0].SetOne()
	copy(t.values[1:], inputs)
	for i, st := range s.steps {
		if h := st.hint; h != nil {
			out, err := t.honest(h)
			if err != nil {
				return nil, err
			}
			copy(t.values[h.first:h.end], out)
			continue
		}
		v, ok := t.take(st.constraint)
		if !ok {
			t.failed[int32(i)] = true
		} else if !st.constraint.checks {
			t.values[st.constraint.computes] = v
		}
	}
	return t, nil
}

// Holds says whether every constraint does.
func (t *Trial) Holds() bool { return len(t.failed) == 0 }

// Value returns the value of a wire.
func (t *Trial) Value(w Wire) fr.Element { return t.values[w] }

// HoldsButForOutputs says whether every constraint does that would stop a
// prover who may choose the outputs.
func (t *Trial) HoldsButForOutputs() bool {
	for i := range t.failed {
		if !t.system.steps[i].constraint.binds {
			return false
		}
	}
	return true
}

// eval returns the value of a linear expression.
func (t *Trial) eval(e sum) (v fr.Element) { return t.evalBut(e, 0, false) }

// evalBut returns the value of e, without wire w if but.
func (t *Trial) evalBut(e sum, w Wire, but bool) (v fr.Element) {
	var p fr.Element
	for i := range e {
		if but && e[i].wire == w {
			continue
		}
		p.Mul(&e[i].coeff, &t.values[e[i].wire])
		v.Add(&v, &p)
	}
	return v
}

// take takes the step of a constraint: it checks, or solves for the wire that
// the constraint computes. A wire that may be anything keeps its value.
func (t *Trial) take(c *Constraint) (v fr.Element, ok bool) {
	if c.checks {
		l, r, o := t.eval(c.L), t.eval(c.R), t.eval(c.O)
		l.Mul(&l, &r)
		return v, l == o
	}
	w := c.computes
	l, r, o := t.evalBut(c.L, w, true), t.evalBut(c.R, w, true), t.evalBut(c.O, w, true)
	if k, in := coefficient(c.O, w); in {
		v.Mul(&l, &r)
		v.Sub(&v, &o)
		return *v.Div(&v, &k), true
	}
	// (k·w + l)·r = o, or the same with the sides exchanged.
	k, in := coefficient(c.L, w)
	if !in {
		k, _ = coefficient(c.R, w)
		l, r = r, l
	}
	if r.IsZero() {
		return t.values[w], o.IsZero()
	}
	v.Div(&o, &r)
	v.Sub(&v, &l)
	return *v.Div(&v, &k), true
}

// coefficient returns the coefficient of w in e, and whether there is one.
func coefficient(e sum, w Wire) (k fr.Element, in bool) {
	for i := range e {
		if e[i].wire == w {
			return e[i].coeff, true
		}
	}
	return k, false
}

// honest returns what the hint's function says.
func (t *Trial) honest(h *Hint) ([]fr.Element, error) {
	in, out := make([]*big.Int, len(h.inputs)), make([]*big.Int, h.end-h.first)
	for i, e := range h.inputs {
		v := t.eval(e)
		in[i] = v.BigInt(new(big.Int))
	}
	for i := range out {
		out[i] = new(big.Int)
	}
	if err := h.function(t.modulus, in, out); err != nil {
		return nil, fmt.Errorf("hint %s: %w", h, err)
	}
	said := make([]fr.Element, len(out))
	for i := range out {
		said[i].SetBigInt(out[i])
	}
	return said, nil
}

// inputs returns the values that the hint is given.
func (t *Trial) inputs(h *Hint) []fr.Element {
	in := make([]fr.Element, len(h.inputs))
	for i, e := range h.inputs {
		in[i] = t.eval(e)
	}
	return in
}

// Verdict is what came of a lie.
type Verdict struct {
	RefusedBy *Constraint // nil if nothing refuses
	Moved     []Wire      // else: wires that changed, but for the lying outputs
	Publishes bool        // and whether a public output would have to change
}

// Harmless says whether the lie reaches nothing: the circuit takes it, and
// every wire but the lying ones is as it was.
func (v Verdict) Harmless() bool { return v.RefusedBy == nil && len(v.Moved) == 0 && !v.Publishes }

// Found says whether the circuit takes a lie that changes what it computes.
func (v Verdict) Found() bool { return v.RefusedBy == nil && !v.Harmless() }

// Tell lets hint liar say what lie says, computes everything that follows,
// hints that depend on it in the given manner, and returns whether a
// constraint objects. Those that publish a result do not count, and of a false
// statement all that failed must hold now. The trial is afterwards as it was.
func (t *Trial) Tell(liar *Hint, lie []fr.Element, then Manner) Verdict {
	defer t.restore()
	s := t.system
	var verdict Verdict
	for i := range lie {
		t.set(liar.first+Wire(i), lie[i])
	}
	for word := 0; word < len(t.dirty); word++ {
		for t.dirty[word] != 0 {
			i := int32(word*64 + bits.TrailingZeros64(t.dirty[word]))
			t.dirty[word] &= t.dirty[word] - 1
			st := s.steps[i]
			if h := st.hint; h != nil {
				out, err := t.honest(h)
				if err != nil {
					return Verdict{RefusedBy: &Constraint{Group: h.Group}}
				}
				if h.Kind == bitsHint {
					then.alter(t.inputs(h)[0], out, t.modulus)
				}
				for j := range out {
					t.set(h.first+Wire(j), out[j])
				}
				continue
			}
			v, ok := t.take(st.constraint)
			if !ok && !st.constraint.binds {
				return Verdict{RefusedBy: st.constraint}
			}
			verdict.Publishes = verdict.Publishes || !ok
			t.healed[i] = t.failed[i]
			if !st.constraint.checks {
				t.set(st.constraint.computes, v)
			}
		}
	}
	for i := range t.failed {
		if c := s.steps[i].constraint; !t.healed[i] && !c.binds {
			return Verdict{RefusedBy: c}
		}
	}
	for _, c := range t.undo {
		if c.wire < liar.first || c.wire >= liar.end {
			verdict.Moved = append(verdict.Moved, c.wire)
		}
	}
	return verdict
}

// set changes a wire and marks those who read it.
func (t *Trial) set(w Wire, v fr.Element) {
	if t.values[w] == v {
		return
	}
	t.undo = append(t.undo, change{w, t.values[w]})
	t.values[w] = v
	for _, i := range t.system.readers[w] {
		t.dirty[i/64] |= 1 << (i % 64)
	}
}

// restore takes back what a lie changed.
func (t *Trial) restore() {
	for i := len(t.undo) - 1; i >= 0; i-- {
		t.values[t.undo[i].wire] = t.undo[i].was
	}
	t.undo = t.undo[:0]
	clear(t.dirty)
	clear(t.healed)
}
