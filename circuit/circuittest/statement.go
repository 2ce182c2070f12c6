package circuittest

import (
	"math/big"
	"slices"

	"github.com/consensys/gnark/frontend"

	"github.com/nightjar/nightjar/circuit/gadget"
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/jubjub"
)

// Statement is what spec/11-circuits.md says about one assignment of a circuit,
// whatever elements its variables hold: which groups' rules it breaks, and
// which public inputs follow from the private ones. It is worked out without
// the circuit, so that the two can be compared.
type Statement struct {
	broken  []string
	follows []follow
}

// follow is a public input and the value that it must have. The value may
// depend on public inputs before it, as they are then.
type follow struct {
	group string
	input *frontend.Variable
	value func() field.Element
}

// Publish sets the public inputs to what follows from the private ones: what a
// dishonest prover does, who may choose them.
func (s Statement) Publish() {
	for _, f := range s.follows {
		*f.input = f.value()
	}
}

// PublishGroup is Publish for the inputs of one group.
func (s Statement) PublishGroup(group string) {
	for _, f := range s.follows {
		if f.group == group {
			*f.input = f.value()
		}
	}
}

// Broken returns the groups whose rules the assignment breaks; none if the
// statement holds.
func (s Statement) Broken() []string {
	out := slices.Clone(s.broken)
	for _, f := range s.follows {
		if Value(*f.input) != f.value() {
			out = append(out, f.group)
		}
	}
	return out
}

// demand notes that group is broken unless ok.
func (s *Statement) demand(group string, ok bool) {
	if !ok {
		s.broken = append(s.broken, group)
	}
}

// public notes that input must be value.
func (s *Statement) public(group string, input *frontend.Variable, value field.Element) {
	s.later(group, input, func() field.Element { return value })
}

// later is public for a value that depends on public inputs.
func (s *Statement) later(group string, input *frontend.Variable, value func() field.Element) {
	s.follows = append(s.follows, follow{group, input, value})
}

// point notes that input must be p.
func (s *Statement) point(group string, input *gadget.Point, p jubjub.Point) {
	s.public(group, &input.X, p.X)
	s.public(group, &input.Y, p.Y)
}

// digits demands that every digit of a path is one.
func (s *Statement) digits(group string, digits gadget.Digits) {
	for _, d := range digits {
		u := Value(d)
		square := Product(u, u)
		s.demand(group, square.IsZero() || square.IsOne())
	}
}

// fits says whether e < 2^n.
func fits(e field.Element, n int) bool { return e.BigInt(new(big.Int)).BitLen() <= n }

// boolean says whether e is 0 or 1.
func boolean(e field.Element) bool { return e.IsZero() || e.IsOne() }

// tag returns t·2^n.
func tag(t domain.Tag, n uint) field.Element { return Shift(field.FromUint64(uint64(t)), n) }

// money returns value + 2^64·asset + 2^96·tag of any elements.
func money(t domain.Tag, asset, value field.Element) field.Element {
	return Sum(value, Shift(asset, 64), tag(t, 96))
}

// place returns Σ (u_i + 1)·3^i.
func place(digits gadget.Digits) (position field.Element) {
	power := field.FromUint64(1)
	for _, u := range digits {
		position = Sum(position, Product(Sum(Value(u), field.FromUint64(1)), power))
		power = Product(power, field.FromUint64(3))
	}
	return position
}

// climb returns the root above node. Where a digit is none it goes right.
func climb(node field.Element, digits gadget.Digits, siblings gadget.Siblings) field.Element {
	for i, u := range digits {
		left, right := Value(siblings[i][0]), Value(siblings[i][1])
		switch trit := Sum(Value(u), field.FromUint64(1)); {
		case trit.IsZero():
			node = field.K(node, left, right)
		case trit.IsOne():
			node = field.K(left, node, right)
		default:
			node = field.K(left, right, node)
		}
	}
	return node
}

// perTenThousand returns floor(e/10^4).
func perTenThousand(e field.Element) (q field.Element) {
	n := e.BigInt(new(big.Int))
	q.SetBigInt(n.Div(n, big.NewInt(10_000)))
	return q
}

// times returns [e]p for the lowest n bits of e.
func times(p jubjub.Point, e field.Element, n uint) jubjub.Point {
	return jubjub.Mul(p, jubjub.ScalarFromBig(Low(e, n)))
}
