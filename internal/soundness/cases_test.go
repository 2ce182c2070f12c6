package soundness_test

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"

	"github.com/consensys/gnark-crypto/ecc/bls12-381/fr"
	"github.com/consensys/gnark/frontend"

	"github.com/nightjar/nightjar/circuit/circuittest"
	"github.com/nightjar/nightjar/protocol/field"
)

// alter changes up to two variables of an assignment and mostly publishes what
// follows. It returns what it did, for a failure's message; "" is a valid case.
func (c circuit) alter(a frontend.Circuit, random *rand.Rand) (done string) {
	all := variables(a)
	var kinds []string
	for _, v := range all {
		if !slices.Contains(kinds, v.kind) {
			kinds = append(kinds, v.kind)
		}
	}
	pick := func() variable {
		kind := kinds[random.IntN(len(kinds))]
		var of []variable
		for _, v := range all {
			if v.kind == kind {
				of = append(of, v)
			}
		}
		return of[random.IntN(len(of))]
	}
	changes := []int{0, 1, 1, 1, 1, 1, 2, 2}[random.IntN(8)]
	for range changes {
		v := pick()
		to := newValue(circuittest.Value(*v.value), circuittest.Value(*pick().value), random)
		done += fmt.Sprintf("%s = %s; ", v.name, to.String())
		*v.value = to
	}
	if c.name == "action" && random.IntN(4) == 0 { // a move that may keep the balance
		from, to := pick(), pick()
		by := field.FromUint64(1 + random.Uint64N(1000))
		*from.value = circuittest.Difference(circuittest.Value(*from.value), by)
		*to.value = circuittest.Sum(circuittest.Value(*to.value), by)
		done += fmt.Sprintf("%s -> %s; ", from.name, to.name)
	}
	if c.adapt != nil && random.IntN(2) == 0 {
		c.adapt(a)
		done += "adapted; "
	}
	if changes == 0 || random.IntN(8) > 0 {
		c.publish(a)
		done += "published"
	}
	return done
}

// newValue returns another value for a variable: a neighbour, an end of a
// width, the same modulo a width, something of another variable, or noise.
func newValue(was, other field.Element, random *rand.Rand) (e field.Element) {
	step := func(n int64) (d field.Element) { d.SetInt64(n); return d }
	power := func() field.Element {
		return circuittest.Shift(field.FromUint64(1), []uint{14, 16, 32, 63, 64, 65, 79, 80, 128, 252}[random.IntN(10)])
	}
	switch random.IntN(9) {
	case 0, 1:
		return circuittest.Sum(was, step(random.Int64N(5)-2))
	case 2:
		return step(random.Int64N(5) - 1)
	case 3:
		return circuittest.Sum(power(), step(random.Int64N(3)-1))
	case 4:
		return circuittest.Sum(was, power())
	case 5:
		return circuittest.Sum(other, step(random.Int64N(3)-1))
	case 6:
		return field.FromUint64(random.Uint64() >> random.IntN(64))
	case 7:
		e.Neg(&was)
		return e
	default:
		var b [fr.Bytes]byte
		for i := range b {
			b[i] = byte(random.Uint32())
		}
		e.SetBigInt(new(big.Int).SetBytes(b[:]))
		return e
	}
}

// verdicts are what the four say of one assignment.
type verdicts struct {
	circuit, statement bool
	native, asked      bool // asked is false where the native rules don't apply
}

// judge asks the circuit, spec/11's statement and the product's own rules about
// an assignment, and returns an error where they disagree:
//
//	circuit ⇔ statement
//	circuit ⇒ native, with the public inputs that the product computes
//	native  ⇒ circuit, of the assignment that the product makes
func (c compiled) judge(a frontend.Circuit) (v verdicts, err error) {
	broken := c.state(a).Broken()
	v.statement = len(broken) == 0
	solved := c.solver.Solve(a)
	v.circuit = solved == nil
	if v.circuit != v.statement {
		return v, fmt.Errorf("the circuit says %v, the statement breaks %q", solved, broken)
	}
	native, canonical, asked := c.native(a)
	v.native, v.asked = native, asked
	if !asked {
		return v, nil
	}
	if v.circuit && !native {
		return v, fmt.Errorf("the circuit takes what the native rules refuse")
	}
	if v.circuit {
		public := c.system.Public()
		got, want := variables(a)[:public], variables(canonical)[:public]
		for i := range got {
			if circuittest.Value(*got[i].value) != circuittest.Value(*want[i].value) {
				return v, fmt.Errorf("the product computes another %s", got[i].name)
			}
		}
	}
	if native && !v.circuit {
		if err := c.solver.Solve(canonical); err != nil {
			return v, fmt.Errorf("the native rules take what the circuit refuses: %w", err)
		}
	}
	return v, nil
}

// randomCase draws a case by its number and judges it.
func (c compiled) randomCase(seed int) (a frontend.Circuit, v verdicts, err error) {
	random := seeded("cases of "+c.name, seed)
	a, _ = c.draw(seed)
	done := c.alter(a, random)
	if v, err = c.judge(a); err != nil {
		err = fmt.Errorf("%s, case %d (%s): %w", c.name, seed, done, err)
	}
	return a, v, err
}
