package circuittest

import (
	"github.com/nightjar/nightjar/circuit/action"
	protocol "github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/jubjub"
)

// StateAction works out the Action statement of spec/11 for c.
func StateAction(c *action.Circuit) (s Statement) {
	v := Value
	fee, out, x := v(c.Fee), v(c.Out), v(c.FeeInAsset)
	s.demand("asset", fits(v(c.Asset), 32))
	s.demand("public-range", fits(fee, 64) && fits(out, 64) && boolean(x))

	var sums [2]field.Element // in less out, of A and of FEE
	move := func(isFee, value field.Element) (inAsset, inFee field.Element) {
		s.demand("asset-bit", boolean(isFee))
		s.demand("value-range", fits(value, 64))
		inFee = Product(value, isFee)
		return Difference(value, inFee), inFee
	}
	for _, in := range c.Inputs {
		inAsset, inFee := move(v(in.IsFee), v(in.Value))
		sums[0], sums[1] = Sum(sums[0], inAsset), Sum(sums[1], inFee)
		isReal, value := v(in.Real), v(in.Value)
		s.demand("dummy", isReal.IsOne() || isReal.IsZero() && value.IsZero())
	}
	for _, o := range c.Outputs {
		inAsset, inFee := move(v(o.IsFee), v(o.Value))
		sums[0], sums[1] = Difference(sums[0], inAsset), Difference(sums[1], inFee)
	}
	feeInAsset := Product(x, fee)
	leaves := Sum(out, feeInAsset)
	s.demand("balance-asset", sums[0] == leaves)
	s.demand("balance-fee", sums[1] == Difference(fee, feeInAsset))
	s.demand("out-asset", leaves.IsZero() || v(c.OutAsset) == v(c.Asset))

	s.demand("spend-key", fits(v(c.Alpha), jubjub.OrderBits))
	s.demand("selector", boolean(v(c.InputOrder.Is)) && boolean(v(c.OutputOrder.Is)))

	for i, leaf := range inputLeaves(c) {
		in, covenant := c.Inputs[i], ofSlot(i, c.InputOrder)
		s.digits("membership", in.Digits)
		if isReal := v(in.Real); !isReal.IsZero() {
			s.public("membership", &c.Anchor, climb(leaf, in.Digits, in.Siblings))
		}
		is := v(covenant.Is)
		s.public("nullifiers", &c.Nullifiers[i], field.K(Select(is, v(covenant.S), v(c.NK)), leaf,
			Sum(place(in.Digits), Select(is, tag(domain.ONF, 64), tag(domain.NF, 64)))))
	}
	for j, o := range c.Outputs {
		s.later("outputs", &c.Commitments[j], func() field.Element {
			rho := Sum(v(c.Nullifiers[0]), field.FromUint64(uint64(j)))
			return leafOf(c, v(o.IsFee), v(o.Value), rho, v(o.C), ofSlot(j, c.OutputOrder))
		})
	}
	return s
}

// PlantAction puts the inputs side by side: each becomes the others' sibling.
// Their digits must say so.
func PlantAction(c *action.Circuit) {
	leaves := inputLeaves(c)
	for i, in := range c.Inputs {
		n := 0
		for j := range leaves {
			if j != i {
				in.Siblings[0][n] = leaves[j]
				n++
			}
		}
	}
}

// inputLeaves returns the commitments in the input slots.
func inputLeaves(c *action.Circuit) (leaves [protocol.Slots]field.Element) {
	v := Value
	alpha := jubjub.ScalarFromBig(Low(v(c.Alpha), jubjub.OrderBits))
	rk := jubjub.Point{X: v(c.RK.X), Y: v(c.RK.Y)}
	ak := jubjub.Add(rk, jubjub.Neg(jubjub.Mul(jubjub.Spend, alpha)))
	for i, in := range c.Inputs {
		owner := field.H(domain.Owner, field.H(domain.PK, ak.X, ak.Y, v(c.NK), v(in.D)), v(in.R))
		leaves[i] = leafOf(c, v(in.IsFee), v(in.Value), v(in.Rho), owner, ofSlot(i, c.InputOrder))
	}
	return leaves
}

// leafOf returns cm of a note or ocm of an order: the covenant says which.
func leafOf(c *action.Circuit, isFee, value, middle, owner field.Element, covenant action.Covenant) field.Element {
	v, is := Value, Value(covenant.Is)
	asset := Select(isFee, v(c.FeeAsset), v(c.Asset))
	oid := field.H(domain.OID, v(c.NK))
	return field.K(
		Sum(value, Shift(asset, 64), Select(is, tag(domain.Order, 96), tag(domain.Note, 96))),
		Select(is, field.K(v(covenant.Terms), oid, v(covenant.S)), middle), owner)
}

// ofSlot returns the covenant of slot 0; the other slots hold notes.
func ofSlot(slot int, covenant action.Covenant) action.Covenant {
	if slot == 0 {
		return covenant
	}
	return action.Covenant{Is: 0, Terms: 0, S: 0}
}
