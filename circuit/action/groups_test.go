package action_test

import (
	"math/big"
	"testing"

	"github.com/consensys/gnark/frontend"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/circuit/action"
	"github.com/nightjar/nightjar/circuit/circuittest"
	"github.com/nightjar/nightjar/circuit/gadget"
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/jubjub"
)

const (
	asset = 5 // A
	fee   = 7 // FEE
)

// transfer returns an action that moves 70 + 30 of A and pays 3 of 10 of FEE.
func transfer() *action.Witness {
	w := rapid.Custom(circuittest.Action).Example(1)
	w.Fee, w.FeeAsset, w.FeeInAsset, w.Out, w.OutAsset = 3, fee, false, 0, 0
	w.Inputs[0].Order, w.Outputs[0].Order = nil, nil
	for i, value := range []uint64{70, 30, 10} {
		w.Inputs[i].Asset, w.Inputs[i].Value, w.Inputs[i].Dummy = asset, value, false
	}
	for j, value := range []uint64{60, 40, 7} {
		w.Outputs[j].Asset, w.Outputs[j].Value = asset, value
	}
	w.Inputs[2].Asset, w.Outputs[2].Asset = fee, fee
	return w
}

// replace spends an order instead of the first note and makes another.
func replace() *action.Witness {
	w := transfer()
	w.Inputs[0].Order = &action.Terms{Hash: field.FromUint64(11), S: field.FromUint64(12)}
	w.Outputs[0].Order = &action.Terms{Hash: field.FromUint64(13), S: field.FromUint64(14)}
	return w
}

// withdrawal takes 20 of A out and pays the fee of 3 from A.
func withdrawal() *action.Witness {
	w := transfer()
	w.FeeInAsset, w.Out, w.OutAsset = true, 20, asset
	w.Outputs[0].Value, w.Outputs[2].Value = 37, 10
	return w
}

// cheat assigns the witness, lets change alter what a prover may choose, plants
// the resulting inputs in a tree, and publishes what follows.
func cheat(w *action.Witness, change func(c *action.Circuit)) *action.Circuit {
	c := w.Assign()
	change(c)
	publish(c)
	return c
}

// publish recomputes anchor, nullifiers and commitments from the private
// variables in field arithmetic, without any bounds. The inputs stand side by
// side at the positions that the digits say.
func publish(c *action.Circuit) {
	v, sum, shift, choose := circuittest.Value, circuittest.Sum, circuittest.Shift, circuittest.Select
	tag := func(t domain.Tag, n uint) field.Element { return shift(field.FromUint64(uint64(t)), n) }
	alpha := jubjub.ScalarFromBig(circuittest.Low(v(c.Alpha), jubjub.OrderBits))
	rk := jubjub.Point{X: v(c.RK.X), Y: v(c.RK.Y)}
	ak := jubjub.Add(rk, jubjub.Neg(jubjub.Mul(jubjub.Spend, alpha)))
	oid := field.H(domain.OID, v(c.NK))
	leaf := func(isFee, value, middle, owner field.Element, covenant action.Covenant) field.Element {
		is := v(covenant.Is)
		return field.K(
			sum(value, shift(choose(isFee, v(c.FeeAsset), v(c.Asset)), 64), choose(is, tag(domain.Order, 96), tag(domain.Note, 96))),
			choose(is, field.K(v(covenant.Terms), oid, v(covenant.S)), middle), owner)
	}
	note := action.Covenant{Is: 0, Terms: 0, S: 0}
	covenant := func(slot int, of action.Covenant) action.Covenant {
		if slot == 0 {
			return of
		}
		return note
	}

	var leaves [3]field.Element
	for i, in := range c.Inputs {
		owner := field.H(domain.Owner, field.H(domain.PK, ak.X, ak.Y, v(c.NK), v(in.D)), v(in.R))
		leaves[i] = leaf(v(in.IsFee), v(in.Value), v(in.Rho), owner, covenant(i, c.InputOrder))
	}
	for i, in := range c.Inputs {
		n := 0
		for j := range leaves {
			if j != i {
				in.Siblings[0][n] = leaves[j]
				n++
			}
		}
		var position, power = field.Element{}, field.FromUint64(1)
		node := leaves[i]
		for l, d := range in.Digits {
			trit := sum(v(d), field.FromUint64(1))
			position = sum(position, circuittest.Product(trit, power))
			power = circuittest.Product(power, field.FromUint64(3))
			s0, s1 := v(in.Siblings[l][0]), v(in.Siblings[l][1])
			switch trit.Uint64() {
			case 0:
				node = field.K(node, s0, s1)
			case 1:
				node = field.K(s0, node, s1)
			default:
				node = field.K(s0, s1, node)
			}
		}
		c.Anchor = node
		is := v(covenant(i, c.InputOrder).Is)
		key := choose(is, v(c.InputOrder.S), v(c.NK))
		c.Nullifiers[i] = field.K(key, leaves[i], sum(position, choose(is, tag(domain.ONF, 64), tag(domain.NF, 64))))
	}
	for j, out := range c.Outputs {
		rho := sum(v(c.Nullifiers[0]), field.FromUint64(uint64(j)))
		c.Commitments[j] = leaf(v(out.IsFee), v(out.Value), rho, v(out.C), covenant(j, c.OutputOrder))
	}
}

// TestGroups: for each constraint group a witness that violates only it.
func TestGroups(t *testing.T) {
	none := func(*action.Circuit) {}
	honest := circuittest.Compile(t, action.New())
	for name, w := range map[string]*action.Witness{"transfer": transfer(), "replace": replace(), "withdrawal": withdrawal()} {
		if err := honest.Solve(cheat(w, none)); err != nil {
			t.Fatalf("honest %s: %v", name, err)
		}
	}
	public := func(w *action.Witness, change func(c *action.Circuit)) *action.Circuit {
		c := cheat(w, none)
		change(c)
		return c
	}
	other := field.FromUint64(42)
	circuittest.CheckViolations(t, func() frontend.Circuit { return action.New() }, []circuittest.Violation{
		// 2^64·(A + 2^32) adds one to the tag: notes that are read as orders.
		circuittest.Breaks("asset", "an asset that runs into the tag", cheat(transfer(), func(c *action.Circuit) { c.Asset = uint64(asset + 1<<32) })),
		circuittest.Breaks("public-range", "a negative fee mints", cheat(transfer(), func(c *action.Circuit) {
			c.Fee, c.Outputs[2].Value = -5, 15
		})),
		circuittest.Breaks("public-range", "x = 2 pays the fee negatively", cheat(transfer(), func(c *action.Circuit) {
			c.FeeInAsset, c.OutAsset = 2, asset
			c.Outputs[0].Value, c.Outputs[2].Value = 54, 13
		})),
		// With t = 2 a note of asset 2·FEE − A counts double in FEE and
		// negatively in A.
		circuittest.Breaks("asset-bit", "a bit of 2 mints the fee asset", cheat(transfer(), func(c *action.Circuit) {
			c.Inputs[1].IsFee = 2
			c.Outputs[0].Value, c.Outputs[1].Value, c.Outputs[2].Value = 40, 0, 67
		})),
		circuittest.Breaks("value-range", "a negative output mints", cheat(transfer(), func(c *action.Circuit) {
			c.Outputs[0].Value, c.Outputs[1].Value = -1, 101
		})),
		circuittest.Breaks("dummy", "a dummy with a value", cheat(transfer(), func(c *action.Circuit) {
			c.Inputs[1].Real = 0
		})),
		circuittest.Breaks("balance-asset", "more of A out than in", cheat(transfer(), func(c *action.Circuit) { c.Outputs[0].Value = 61 })),
		circuittest.Breaks("balance-asset", "a withdrawal that nothing pays", cheat(withdrawal(), func(c *action.Circuit) { c.Out = 21 })),
		circuittest.Breaks("balance-fee", "more of FEE out than in", cheat(transfer(), func(c *action.Circuit) { c.Outputs[2].Value = 8 })),
		circuittest.Breaks("balance-fee", "a fee that nothing pays", cheat(transfer(), func(c *action.Circuit) { c.Fee = 4 })),
		circuittest.Breaks("out-asset", "a third asset withdrawn", cheat(withdrawal(), func(c *action.Circuit) { c.OutAsset = 9 })),
		circuittest.Breaks("spend-key", "a randomiser past 252 bits", cheat(transfer(), func(c *action.Circuit) {
			c.Alpha = new(big.Int).SetBit(c.Alpha.(*big.Int), jubjub.OrderBits, 1)
		})),
		circuittest.Breaks("selector", "neither note nor order", cheat(transfer(), func(c *action.Circuit) { c.OutputOrder.Is = 2 })),
		circuittest.Breaks("membership", "another root", public(transfer(), func(c *action.Circuit) { c.Anchor = other })),
		circuittest.Breaks("membership", "a note that was never made", public(transfer(), func(c *action.Circuit) {
			anchor := c.Anchor
			c.Inputs[0].Value, c.Outputs[0].Value = 700, 690
			publish(c)
			c.Anchor = anchor
		})),
		circuittest.Breaks("membership", "somebody else's key", public(transfer(), func(c *action.Circuit) {
			anchor := c.Anchor
			c.RK = gadget.AssignPoint(jubjub.Spend)
			publish(c)
			c.Anchor = anchor
		})),
		circuittest.Breaks("nullifiers", "another nullifier", public(transfer(), func(c *action.Circuit) { c.Nullifiers[1] = other })),
		circuittest.Breaks("outputs", "another commitment", public(transfer(), func(c *action.Circuit) { c.Commitments[1] = other })),
		circuittest.Breaks("outputs", "an order with another oid", public(replace(), func(c *action.Circuit) { c.Commitments[0] = other })),
	}, "digest") // no assertion: prove's TestKeyShapes
}
