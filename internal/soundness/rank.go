package soundness

import (
	"slices"

	"github.com/consensys/gnark-crypto/ecc/bls12-381/fr"
)

// Rank is what the Jacobian of a system says at one solution, the inputs held
// fixed: of row i, ∂(⟨L,w⟩⟨R,w⟩ − ⟨O,w⟩)/∂w_j for every internal wire j.
type Rank struct {
	Columns    int // internal wires
	Peeled     int // fixed by a row in which they alone were left
	Eliminated int // fixed by Gaussian elimination of the remaining rows
	Free       []Direction
}

// Direction is a vector that the Jacobian maps to 0: a way to move internal
// wires while the inputs stand still, to first order.
type Direction struct {
	Support []Wire       // the wires that move
	By      []fr.Element // how much each
	Inert   bool         // whether the wire reaches nothing: see Trial.inert
}

// entry is a derivative by a wire; it is not 0.
type entry struct {
	wire  Wire
	value fr.Element
}

// Rank returns the rank of the Jacobian over the internal wires, without the
// rows that publish a result. The trial must hold.
//
// Most of the system is triangular: a row whose only wire without a value has
// a derivative other than 0 fixes it, which may leave another row with one
// wire, and so on. Linear in the number of entries; what is left is dense work.
func (t *Trial) Rank() Rank {
	s := t.system
	var rows [][]entry
	inputs := Wire(len(s.names))
	columns := make([][]int32, s.wires) // rows in which a wire has an entry
	for _, c := range s.Constraints {
		if c.binds {
			continue
		}
		row := t.derivatives(c, inputs)
		if len(row) == 0 {
			continue
		}
		for _, e := range row {
			columns[e.wire] = append(columns[e.wire], int32(len(rows)))
		}
		rows = append(rows, row)
	}

	out := Rank{Columns: s.wires - int(inputs)}
	fixed := make([]bool, s.wires)
	open := make([]int, len(rows)) // wires of a row that are not fixed
	var ready []int32
	for i, row := range rows {
		open[i] = len(row)
		if open[i] == 1 {
			ready = append(ready, int32(i))
		}
	}
	for len(ready) > 0 {
		i := ready[len(ready)-1]
		ready = ready[:len(ready)-1]
		k := slices.IndexFunc(rows[i], func(e entry) bool { return !fixed[e.wire] })
		if k < 0 {
			continue // another row has fixed it
		}
		w := rows[i][k].wire
		fixed[w] = true
		out.Peeled++
		for _, j := range columns[w] {
			if open[j]--; open[j] == 1 {
				ready = append(ready, j)
			}
		}
	}

	var left [][]entry
	for i, row := range rows {
		if open[i] > 0 {
			left = append(left, slices.DeleteFunc(row, func(e entry) bool { return fixed[e.wire] }))
		}
	}
	var unknown []Wire
	for w := inputs; int(w) < s.wires; w++ {
		if !fixed[w] {
			unknown = append(unknown, w)
		}
	}
	var free []Direction
	out.Eliminated, free = eliminate(left, unknown)
	for _, d := range free {
		d.Inert = len(d.Support) == 1 && t.inert(d.Support[0])
		out.Free = append(out.Free, d)
	}
	return out
}

// derivatives returns the row of c: ∂/∂w (L·R − O) = L_w·R + L·R_w − O_w, for
// the wires from `from` on.
func (t *Trial) derivatives(c *Constraint, from Wire) []entry {
	l, r := t.eval(c.L), t.eval(c.R)
	var minusOne fr.Element
	minusOne.SetOne().Neg(&minusOne)
	sides, factors := c.sides(), [3]fr.Element{r, l, minusOne}
	var row []entry
	for i, side := range sides {
		if factors[i].IsZero() {
			continue
		}
		for _, x := range side {
			if x.wire < from {
				continue
			}
			var d fr.Element
			d.Mul(&x.coeff, &factors[i])
			row = append(row, entry{x.wire, d})
		}
	}
	return tidy(row)
}

// tidy sorts a row by wire, adds up entries of one wire and drops zeros.
func tidy(row []entry) []entry {
	slices.SortFunc(row, func(a, b entry) int { return int(a.wire) - int(b.wire) })
	out := row[:0]
	for _, e := range row {
		if n := len(out); n > 0 && out[n-1].wire == e.wire {
			out[n-1].value.Add(&out[n-1].value, &e.value)
		} else {
			out = append(out, e)
		}
		if n := len(out); n > 0 && out[n-1].value.IsZero() {
			out = out[:n-1]
		}
	}
	return out
}

// eliminate brings rows over the unknown wires into echelon form and returns
// the rank and a basis of what they map to 0. The pivot is always the shortest
// row's rarest wire (Markowitz), so that little fills in.
func eliminate(rows [][]entry, unknown []Wire) (rank int, free []Direction) {
	type pivot struct {
		wire Wire
		row  []entry // scaled so that the entry of wire is 1
	}
	var pivots []pivot
	for len(rows) > 0 {
		count := map[Wire]int{}
		for _, row := range rows {
			for _, e := range row {
				count[e.wire]++
			}
		}
		best := 0
		for i, row := range rows {
			if len(row) < len(rows[best]) {
				best = i
			}
		}
		row := rows[best]
		rows[best] = rows[len(rows)-1]
		rows = rows[:len(rows)-1]
		if len(row) == 0 {
			continue
		}
		p := slices.MinFunc(row, func(a, b entry) int { return count[a.wire] - count[b.wire] })
		var scale fr.Element
		row = multiply(row, *scale.Inverse(&p.value))
		for i := range rows {
			if k, ok := valueOf(rows[i], p.wire); ok {
				rows[i] = tidy(append(slices.Clone(rows[i]), multiply(row, *k.Neg(&k))...))
			}
		}
		pivots = append(pivots, pivot{p.wire, row})
	}

	isPivot := map[Wire]bool{}
	for _, p := range pivots {
		isPivot[p.wire] = true
	}
	for _, w := range unknown {
		if isPivot[w] {
			continue
		}
		// w moves by 1, the other free wires stand still, the pivots follow.
		move := map[Wire]fr.Element{w: fr.One()}
		for i := len(pivots) - 1; i >= 0; i-- {
			var v, p fr.Element
			for _, e := range pivots[i].row {
				if m, ok := move[e.wire]; ok {
					v.Add(&v, p.Mul(&e.value, &m))
				}
			}
			if !v.IsZero() {
				move[pivots[i].wire] = *v.Neg(&v)
			}
		}
		var d Direction
		for _, u := range unknown {
			if m, ok := move[u]; ok {
				d.Support, d.By = append(d.Support, u), append(d.By, m)
			}
		}
		free = append(free, d)
	}
	return len(pivots), free
}

func multiply(row []entry, k fr.Element) []entry {
	out := slices.Clone(row)
	for i := range out {
		out[i].value.Mul(&out[i].value, &k)
	}
	return out
}

func valueOf(row []entry, w Wire) (v fr.Element, ok bool) {
	if i := slices.IndexFunc(row, func(e entry) bool { return e.wire == w }); i >= 0 {
		return row[i].value, true
	}
	return v, false
}

// inert says whether w may be anything at all and nothing else ever notices:
// each step that mentions it is a constraint that computes or checks a product
// in which its cofactor is 0, and the other factor does not mention it.
// Then every value of w leaves every constraint true, not only a near one.
func (t *Trial) inert(w Wire) bool {
	for _, i := range t.system.readers[w] {
		c := t.system.steps[i].constraint
		if c == nil {
			return false // a hint reads it
		}
		l, r := t.eval(c.L), t.eval(c.R)
		_, inL := coefficient(c.L, w)
		_, inR := coefficient(c.R, w)
		_, inO := coefficient(c.O, w)
		if inO || inL && inR || inL && !r.IsZero() || inR && !l.IsZero() {
			return false
		}
	}
	return true
}

// FreeInputs returns the public inputs on which no constraint depends at this
// solution: their derivatives are all 0.
func (t *Trial) FreeInputs() (free []Wire) {
	depends := make([]bool, t.system.public)
	for _, c := range t.system.Constraints {
		for _, e := range t.derivatives(c, 1) {
			if int(e.wire) < len(depends) {
				depends[e.wire] = true
			}
		}
	}
	for w := Wire(1); int(w) < len(depends); w++ {
		if !depends[w] {
			free = append(free, w)
		}
	}
	return free
}
