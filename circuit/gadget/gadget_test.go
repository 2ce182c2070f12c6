package gadget_test

import (
	"math"
	"math/big"
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark/constraint/solver"
	"github.com/consensys/gnark/frontend"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/circuit/circuittest"
	"github.com/nightjar/nightjar/circuit/gadget"
	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/jubjub"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/note"
	"github.com/nightjar/nightjar/protocol/tree"
)

// relation is a circuit over In whose statement is define.
type relation struct {
	In     []frontend.Variable
	define func(k *gadget.Kit, in []frontend.Variable)
}

func (r *relation) Define(api frontend.API) error {
	k, err := gadget.New(api)
	if err != nil {
		return err
	}
	r.define(k, r.In)
	return nil
}

// machine is a compiled relation.
type machine struct{ system circuittest.System }

func compile(t *testing.T, n int, define func(k *gadget.Kit, in []frontend.Variable)) machine {
	t.Helper()
	return machine{circuittest.Compile(t, &relation{In: make([]frontend.Variable, n), define: define})}
}

func (m machine) holds(in ...frontend.Variable) bool {
	return m.system.Solve(&relation{In: in}) == nil
}

// element draws a field element, often a special one.
func element(t *rapid.T, label string) field.Element {
	if rapid.IntRange(0, 4).Draw(t, label+"?") == 0 {
		e := field.FromUint64(uint64(rapid.IntRange(0, 1).Draw(t, label)))
		return circuittest.Difference(e, field.FromUint64(1)) // −1 or 0
	}
	return circuittest.Element(t, label)
}

func word(t *rapid.T, label string) uint64 {
	return rapid.OneOf(
		rapid.Uint64(), rapid.Uint64Range(0, 1<<20),
		rapid.SampledFrom([]uint64{0, 1, 2, 9_999, 10_000, 10_001, math.MaxUint32, math.MaxUint64 - 1, math.MaxUint64}),
	).Draw(t, label)
}

func TestHashes(t *testing.T) {
	m := compile(t, 8, func(k *gadget.Kit, in []frontend.Variable) {
		a, b, c := in[0], in[1], in[2]
		k.AssertIsEqual(in[3], k.K(a, b, c))
		x, y := k.K2(a, b, c)
		k.AssertIsEqual(in[3], x)
		k.AssertIsEqual(in[4], y)
		k.AssertIsEqual(in[5], k.H(domain.PK, a))
		k.AssertIsEqual(in[6], k.H(domain.PK, a, b))
		k.AssertIsEqual(in[7], k.H(domain.PK, a, b, c))
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := element(t, "a"), element(t, "b"), element(t, "c")
		x, y := field.K2(a, b, c)
		in := []frontend.Variable{a, b, c, x, y, field.H(domain.PK, a), field.H(domain.PK, a, b), field.H(domain.PK, a, b, c)}
		if !m.holds(in...) {
			t.Fatal("hashes differ")
		}
		i := rapid.IntRange(3, 7).Draw(t, "wrong")
		in[i] = element(t, "instead")
		if m.holds(in...) {
			t.Fatal("a wrong hash holds")
		}
	})
}

func TestMoney(t *testing.T) {
	m := compile(t, 3, func(k *gadget.Kit, in []frontend.Variable) {
		k.AssertIsEqual(in[2], k.Money(gadget.Tag(domain.Order, 0), in[0], in[1]))
	})
	rapid.Check(t, func(t *rapid.T) {
		asset, value := rapid.Uint32().Draw(t, "asset"), word(t, "value")
		if !m.holds(asset, value, note.Money(domain.Order, asset, value)) {
			t.Fatal("money differs")
		}
	})
}

// TestRange: 2^n − 1 is in range, 2^n and −1 are not.
func TestRange(t *testing.T) {
	for _, n := range []int{1, 14, 32, 64, 80, jubjub.OrderBits} {
		m := compile(t, 1, func(k *gadget.Kit, in []frontend.Variable) { k.Range(in[0], n) })
		top := new(big.Int).Lsh(big.NewInt(1), uint(n))
		if !m.holds(0) || !m.holds(new(big.Int).Sub(top, big.NewInt(1))) {
			t.Errorf("%d bits: refuses what fits", n)
		}
		if m.holds(top) || m.holds(-1) {
			t.Errorf("%d bits: takes what does not fit", n)
		}
	}
}

// TestPath: a path of the tree climbs to its root from its position, and from
// no other.
func TestPath(t *testing.T) {
	const depth = tree.Depth
	split := func(in []frontend.Variable) (gadget.Digits, gadget.Siblings) {
		digits, siblings := gadget.Digits(in[:depth]), make(gadget.Siblings, depth)
		for i := range siblings {
			siblings[i] = [2]frontend.Variable{in[depth+2*i], in[depth+2*i+1]}
		}
		return digits, siblings
	}
	m := compile(t, 3*depth+3, func(k *gadget.Kit, in []frontend.Variable) {
		digits, siblings := split(in)
		rest := in[3*depth:]
		turns, position := k.Turns(digits)
		k.AssertIsEqual(rest[1], position)
		k.AssertIsEqual(rest[2], k.Climb(rest[0], turns, siblings))
	})
	rapid.Check(t, func(t *rapid.T) {
		p := tree.Path{Position: rapid.Uint64Range(0, tree.Capacity-1).Draw(t, "position")}
		for l := range p.Siblings {
			p.Siblings[l] = [2]field.Element{element(t, "left"), element(t, "right")}
		}
		leaf := element(t, "leaf")
		trits := p.Trits()
		digits, siblings := gadget.AssignPath(trits[:], p.Siblings[:])
		in := append([]frontend.Variable{}, digits...)
		for _, s := range siblings {
			in = append(in, s[0], s[1])
		}
		in = append(in, leaf, p.Position, p.Root(leaf))
		if !m.holds(in...) {
			t.Fatal("a path of the tree is refused")
		}
		level := rapid.IntRange(0, depth-1).Draw(t, "level")
		right := in[level]
		in[level] = rapid.SampledFrom([]int{-2, 2, 3}).Draw(t, "digit")
		if m.holds(in...) {
			t.Fatal("a digit that is none is taken")
		}
		in[level] = right
		in[3*depth+1] = p.Position + 1
		if m.holds(in...) {
			t.Fatal("another position is taken")
		}
	})
}

func TestFixedBase(t *testing.T) {
	for _, bits := range []int{1, 2, 3, 4, 64, jubjub.OrderBits} {
		m := compile(t, 3, func(k *gadget.Kit, in []frontend.Variable) {
			p := k.FixedBase(jubjub.Quote, k.Range(in[0], bits))
			k.AssertIsEqual(in[1], p.X)
			k.AssertIsEqual(in[2], p.Y)
		})
		check := func(v *big.Int) bool {
			p := jubjub.Mul(jubjub.Quote, jubjub.ScalarFromBig(v))
			return m.holds(v, p.X, p.Y) && !m.holds(v, p.Y, p.X)
		}
		top := new(big.Int).Lsh(big.NewInt(1), uint(bits))
		for _, v := range []*big.Int{big.NewInt(0), big.NewInt(1), new(big.Int).Sub(top, big.NewInt(1)), jubjub.Order()} {
			if v.Cmp(top) < 0 && !check(v) {
				t.Errorf("%d bits: [%v]Quote", bits, v)
			}
		}
		rapid.Check(t, func(t *rapid.T) {
			e := circuittest.Element(t, "scalar")
			if !check(circuittest.Low(e, uint(bits))) {
				t.Fatal("multiples differ")
			}
		})
	}
}

// TestAddPoints: the addition is the curve's for all pairs, equal, opposite,
// neutral and of small order too.
func TestAddPoints(t *testing.T) {
	m := compile(t, 6, func(k *gadget.Kit, in []frontend.Variable) {
		p := k.AddPoints(gadget.Point{X: in[0], Y: in[1]}, gadget.Point{X: in[2], Y: in[3]})
		k.AssertIsEqual(in[4], p.X)
		k.AssertIsEqual(in[5], p.Y)
	})
	minusOne := jubjub.Identity()
	minusOne.Y.Neg(&minusOne.Y) // (0, −1) has order 2
	points := []jubjub.Point{
		jubjub.Identity(), minusOne, jubjub.Base, jubjub.Neg(jubjub.Base), jubjub.Blind,
		jubjub.Add(jubjub.Base, jubjub.Base), jubjub.Add(jubjub.Base, minusOne),
	}
	for i, p := range points {
		for j, q := range points {
			s := jubjub.Add(p, q)
			if !m.holds(p.X, p.Y, q.X, q.Y, s.X, s.Y) {
				t.Errorf("points %d and %d", i, j)
			}
		}
	}
}

// TestRates: floor and ceil agree with package amount on value and on range.
func TestRates(t *testing.T) {
	floor := compile(t, 3, func(k *gadget.Kit, in []frontend.Variable) { k.AssertIsEqual(in[2], k.FloorBp(in[0], in[1])) })
	ceil := compile(t, 3, func(k *gadget.Kit, in []frontend.Variable) { k.AssertIsEqual(in[2], k.CeilBp(in[0], in[1])) })
	rapid.Check(t, func(t *rapid.T) {
		a, bp := word(t, "a"), rapid.Uint16().Draw(t, "bp")
		for name, twin := range map[string]struct {
			circuit machine
			native  func(uint64, uint16) (uint64, bool)
		}{"floor": {floor, amount.FloorBp}, "ceil": {ceil, amount.CeilBp}} {
			q, ok := twin.native(a, bp)
			if twin.circuit.holds(a, bp, q) != ok {
				t.Fatalf("%s: native %v, circuit %v", name, ok, !ok)
			}
			if ok && (twin.circuit.holds(a, bp, q+1) || q > 0 && twin.circuit.holds(a, bp, q-1)) {
				t.Fatalf("%s: another quotient holds", name)
			}
		}
	})
}

func TestDeviation(t *testing.T) {
	m := compile(t, 3, func(k *gadget.Kit, in []frontend.Variable) {
		k.Range(in[0], 64)
		k.Range(in[1], 64)
		k.Range(in[2], 16)
		k.AssertDeviation(in[0], in[1], in[2])
	})
	check := func(price, ref uint64, wrong uint16) bool {
		dev := market.Deviation(price, ref)
		return m.holds(price, ref, dev) && (wrong == dev || !m.holds(price, ref, wrong)) &&
			!m.holds(price, ref, uint32(dev)+1) && !m.holds(price, ref, int(dev)-1)
	}
	for _, c := range [][2]uint64{
		{1, 0}, {math.MaxUint64, 0}, {1, 1}, {math.MaxUint64, math.MaxUint64}, {1, math.MaxUint64}, {math.MaxUint64, 1},
		{10_000, 1_000_000}, {10_001, 10_000}, {9_999, 10_000},
		{75_534, 10_000}, {75_535, 10_000}, {75_536, 10_000}, // 65534, 65535 and past
	} {
		if !check(c[0], c[1], 0) {
			t.Errorf("price %d, reference %d", c[0], c[1])
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		price, ref := max(word(t, "price"), 1), word(t, "ref")
		if rapid.Bool().Draw(t, "near") {
			ref = price - price/uint64(rapid.IntRange(2, 100_000).Draw(t, "distance"))
		}
		if !check(price, ref, rapid.Uint16().Draw(t, "wrong")) {
			t.Fatalf("price %d, reference %d", price, ref)
		}
	})
}

// TestCosts pins the costs in spec/11-circuits.md: a library that compiles a
// gadget to something else must not go unnoticed.
func TestCosts(t *testing.T) {
	for name, c := range map[string]struct {
		want, in int
		define   func(k *gadget.Kit, in []frontend.Variable)
	}{
		"P":     {240, 3, func(k *gadget.Kit, in []frontend.Variable) { k.P(in[0], in[1], in[2]) }},
		"Range": {65, 1, func(k *gadget.Kit, in []frontend.Variable) { k.Range(in[0], 64) }},
		"AddPoints": {6, 4, func(k *gadget.Kit, in []frontend.Variable) {
			k.AddPoints(gadget.Point{X: in[0], Y: in[1]}, gadget.Point{X: in[2], Y: in[3]})
		}},
		"FixedBase": {2*9 - 6, 6, func(k *gadget.Kit, in []frontend.Variable) { k.FixedBase(jubjub.Base, in) }},
		"FloorBp":   {97, 2, func(k *gadget.Kit, in []frontend.Variable) { k.FloorBp(in[0], in[1]) }},
		"CeilBp":    {97, 2, func(k *gadget.Kit, in []frontend.Variable) { k.CeilBp(in[0], in[1]) }},
		"level": {244, 4, func(k *gadget.Kit, in []frontend.Variable) {
			turns, _ := k.Turns(in[:1])
			k.Climb(in[1], turns, gadget.Siblings{{in[2], in[3]}})
		}},
		"AssertDeviation": {232, 3, func(k *gadget.Kit, in []frontend.Variable) { k.AssertDeviation(in[0], in[1], in[2]) }},
	} {
		if got := compile(t, c.in, c.define).system.GetNbConstraints(); got != c.want {
			t.Errorf("%s: %d constraints, want %d", name, got, c.want)
		}
	}
}

// TestDishonestHints: a prover may put anything in place of a hint; every lie
// that would still satisfy the plain equation is refused by the ranges.
func TestDishonestHints(t *testing.T) {
	p := ecc.BLS12_381.ScalarField()
	lies := map[string]func(v *big.Int) (q, rem *big.Int){
		"one more": func(v *big.Int) (*big.Int, *big.Int) {
			q, rem := new(big.Int).DivMod(v, big.NewInt(10_000), new(big.Int))
			return q.Add(q, big.NewInt(1)), rem.Sub(rem, big.NewInt(10_000)).Mod(rem, p)
		},
		"one less": func(v *big.Int) (*big.Int, *big.Int) {
			q, rem := new(big.Int).DivMod(v, big.NewInt(10_000), new(big.Int))
			return q.Sub(q, big.NewInt(1)), rem.Add(rem, big.NewInt(10_000))
		},
		"division in the field": func(v *big.Int) (*big.Int, *big.Int) {
			q := new(big.Int).ModInverse(big.NewInt(10_000), p)
			return q.Mul(q, v).Mod(q, p), new(big.Int)
		},
	}
	m := compile(t, 2, func(k *gadget.Kit, in []frontend.Variable) { k.FloorBp(in[0], in[1]) })
	w, err := frontend.NewWitness(&relation{In: []frontend.Variable{123_456_789, 25}}, p)
	if err != nil {
		t.Fatal(err)
	}
	divide, compare := gadget.Hints()[0], gadget.Hints()[1]
	for name, lie := range lies {
		dishonest := solver.OverrideHint(solver.GetHintID(divide), func(_ *big.Int, in, out []*big.Int) error {
			q, rem := lie(in[0])
			out[0].Mod(q, p)
			out[1].Set(rem)
			return nil
		})
		if m.system.IsSolved(w, dishonest) == nil {
			t.Errorf("rate: %s", name)
		}
	}

	m = compile(t, 3, func(k *gadget.Kit, in []frontend.Variable) { k.AssertDeviation(in[0], in[1], in[2]) })
	for name, said := range map[string]int64{"below": 0, "neither": 2} {
		w, err := frontend.NewWitness(&relation{In: []frontend.Variable{105, 100, 500}}, p)
		if err != nil {
			t.Fatal(err)
		}
		dishonest := solver.OverrideHint(solver.GetHintID(compare), func(_ *big.Int, _, out []*big.Int) error {
			out[0].SetInt64(said)
			return nil
		})
		if m.system.IsSolved(w, dishonest) == nil {
			t.Errorf("deviation: %s", name)
		}
	}
}
