package action_test

import (
	"math/big"
	"testing"

	"github.com/consensys/gnark/frontend"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/circuit/action"
	"github.com/nightjar/nightjar/circuit/circuittest"
	"github.com/nightjar/nightjar/circuit/gadget"
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

// publish puts the inputs side by side and recomputes anchor, nullifiers and
// commitments from the private variables in field arithmetic, without any
// bounds.
func publish(c *action.Circuit) {
	circuittest.PlantAction(c)
	circuittest.StateAction(c).Publish()
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
