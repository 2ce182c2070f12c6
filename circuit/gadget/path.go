package gadget

import (
	"math/big"

	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/tree"
)

// Siblings are the two other children of each node of a path, from the leaf
// up and left to right.
type Siblings [][tree.Arity - 1]Variable

// Digits are the base-3 digits of a position, lowest first, each minus one:
// u ∈ {−1, 0, 1}.
type Digits []Variable

// Turn says which of three children a path takes: one of the three is 1.
type Turn struct{ Left, Middle, Right Variable }

// Turns asserts that every digit is one and returns the turns and the position
//
//	Σ (u_i + 1)·3^i < 3^len
//
// so that a position has one path. With v = u², two constraints a digit:
// v ∈ {0,1} leaves u ∈ {−1,0,1}, and (v−u)/2, 1−v, (v+u)/2 select.
func (k *Kit) Turns(digits Digits) (turns []Turn, position Variable) {
	half := new(big.Int).ModInverse(big.NewInt(2), k.Compiler().Field())
	power := big.NewInt(1)
	position = 0
	for _, u := range digits {
		v := k.Mul(u, u)
		k.AssertIsBoolean(v)
		turns = append(turns, Turn{
			Left:   k.Mul(k.Sub(v, u), half),
			Middle: k.Sub(1, v),
			Right:  k.Mul(k.Add(v, u), half),
		})
		position = k.Add(position, k.Mul(k.Add(u, 1), power))
		power = new(big.Int).Mul(power, big.NewInt(tree.Arity))
	}
	return turns, position
}

// Climb returns the root above leaf, the twin of tree.Path.Root. With its two
// constraints a digit from Turns a level costs 244:
//
//	c0 = s0 + left·(node − s0)    c2 = s1 + right·(node − s1)
//	c1 = node + s0 + s1 − c0 − c2
func (k *Kit) Climb(leaf Variable, turns []Turn, siblings Siblings) Variable {
	node := leaf
	for i, s := range siblings {
		c0 := k.Add(s[0], k.Mul(turns[i].Left, k.Sub(node, s[0])))
		c2 := k.Add(s[1], k.Mul(turns[i].Right, k.Sub(node, s[1])))
		c1 := k.Sub(k.Add(node, s[0], s[1]), c0, c2)
		node = k.K(c0, c1, c2)
	}
	return node
}

// AssignPath returns the witness of a path: its siblings and digits.
func AssignPath(trits []uint8, siblings [][tree.Arity - 1]field.Element) (Digits, Siblings) {
	digits := make(Digits, len(trits))
	above := make(Siblings, len(siblings))
	for i := range trits {
		digits[i] = int(trits[i]) - 1
		above[i] = [tree.Arity - 1]Variable{siblings[i][0], siblings[i][1]}
	}
	return digits, above
}
