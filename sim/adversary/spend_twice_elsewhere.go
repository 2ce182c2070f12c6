package adversary

import (
	"math/big"

	"github.com/consensys/gnark/frontend"

	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/tree"
	"github.com/nightjar/nightjar/sim/world"
)

// spendTwiceElsewhere spends a note at a position that does not exist. With a
// digit u that is none of −1, 0 and 1, a level of the path mixes node and
// siblings; the thief picks siblings for which the mixture is the true one, and
// the position, hence the nullifier, is another.
var spendTwiceElsewhere = Attack{
	Name: "spend_twice_elsewhere", Guarantee: "G1", Wants: rejection.BadProof,
	Run: func(c *world.Cast, undo bool) error {
		first := world.Intent{Owner: c.Alice, In: []*world.Coin{c.AliceHUB}}
		a := c.Plan(world.Intent{Owner: c.Alice, In: []*world.Coin{c.AliceHUB, c.AliceHUB2}})
		if undo {
			return execute(c, a.Derive().Finish())
		}
		if err := execute(c, c.Act(first).Bytes()); err != nil {
			return err
		}
		f := forgeTurn(c.AliceHUB.Commitment(), a.Witness.Inputs[0].Path)
		nf := field.K(c.Alice.View.NK, c.AliceHUB.Commitment(), f.position)
		a.Claimed[0] = &nf
		a.Derive()
		a.Circuit.Inputs[0].Digits[f.level] = f.digit
		a.Circuit.Inputs[0].Siblings[f.level] = [tree.Arity - 1]frontend.Variable{f.siblings[0], f.siblings[1]}
		return execute(c, a.Finish())
	},
}

// turn is a forged level of a path.
type turn struct {
	level    int
	digit    field.Element
	siblings [2]field.Element
	position field.Element // with NF's tag, as a nullifier takes it
}

// forgeTurn finds a level at which the node is the left of three children
// (x0, x1, x2) and R = (u² + u)/2 has a solution u for
//
//	s0 = x0, s1 = x1 + x2 − x0, R = (x1 − x0)/(x1 + x2 − 2·x0)
//
// so that c0 = x0, c2 = s1 + R·(x0 − s1) = x2 and c1 is the rest of the sum.
func forgeTurn(node field.Element, path tree.Path) turn {
	trits := path.Trits()
	weight := big.NewInt(1)
	for level, s := range path.Siblings {
		if trits[level] == 0 {
			if u, ok := solveTurn(node, s); ok {
				t := turn{level: level, digit: u, siblings: [2]field.Element{node, s[0]}}
				t.siblings[1].Add(&t.siblings[1], &s[1])
				t.siblings[1].Sub(&t.siblings[1], &node)
				// The true digit there is −1: the position grows by (u + 1)·3^level.
				var grows, w field.Element
				grows.SetOne()
				grows.Add(&grows, &u)
				w.SetBigInt(weight)
				grows.Mul(&grows, &w)
				t.position = field.Pack(field.Word{V: path.Position}, field.Word{V: uint64(domain.NF), Shift: 64})
				t.position.Add(&t.position, &grows)
				return t
			}
		}
		three := [3]field.Element{s[0], s[1]}
		copy(three[trits[level]+1:], s[trits[level]:])
		three[trits[level]] = node
		node = field.K(three[0], three[1], three[2])
		weight.Mul(weight, big.NewInt(tree.Arity))
	}
	panic("adversary: no level of the path can be forged")
}

// solveTurn solves u² + u = 2R; a quarter of the levels have no solution.
func solveTurn(x0 field.Element, s [2]field.Element) (u field.Element, ok bool) {
	var num, den, one field.Element
	one.SetOne()
	num.Sub(&s[0], &x0)
	den.Add(&s[0], &s[1])
	den.Sub(&den, &x0)
	den.Sub(&den, &x0)
	if den.IsZero() || num.IsZero() {
		return u, false
	}
	num.Div(&num, &den)
	eight := field.FromUint64(8)
	num.Mul(&num, &eight)
	num.Add(&num, &one) // 1 + 8R
	if u.Sqrt(&num) == nil {
		return u, false
	}
	two := field.FromUint64(2)
	u.Sub(&u, &one)
	u.Div(&u, &two)
	return u, true
}
