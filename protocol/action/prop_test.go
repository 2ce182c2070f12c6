package action

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/jubjub"
)

func drawElement(t *rapid.T, label string) field.Element {
	var e field.Element
	e.SetBytes(drawBytes(t, 40, label))
	return e
}

func drawBytes(t *rapid.T, n int, label string) []byte {
	return rapid.SliceOfN(rapid.Byte(), n, n).Draw(t, label)
}

// drawAction draws any well-formed action, signed by nobody.
func drawAction(t *rapid.T) *Action {
	a := &Action{
		Version: rapid.Uint8Min(1).Draw(t, "version"),
		Anchor:  drawElement(t, "anchor"),
		RK:      jubjub.Mul(jubjub.Spend, jubjub.ScalarFromHash("test", drawBytes(t, 8, "rk"))),
		Epoch:   rapid.Uint64().Draw(t, "epoch"),
		Fee:     rapid.Uint64().Draw(t, "fee"),
	}
	for i := range Slots {
		a.Nullifiers[i] = drawElement(t, "nf")
		a.Commitments[i] = drawElement(t, "cm")
		fill(a.Sealed.CT[i][:], rapid.Byte().Draw(t, "ct"))
	}
	fill(a.Sealed.EPK[:], rapid.Byte().Draw(t, "epk"))
	fill(a.Instruction[:], rapid.Byte().Draw(t, "instruction"))
	fill(a.Proof[:], rapid.Byte().Draw(t, "proof"))
	fill(a.Signature[:], rapid.Byte().Draw(t, "signature"))
	if rapid.Bool().Draw(t, "withdrawal") {
		recipient, err := NewRecipient(rapid.SliceOfN(rapid.Byte(), 1, RecipientSize-1).Draw(t, "recipient"))
		if err != nil {
			t.Fatal(err)
		}
		a.FeeInAsset = true
		a.Out = Output{
			Asset: rapid.Uint32().Draw(t, "asset"), Amount: rapid.Uint64Min(1).Draw(t, "amount"),
			Recipient: recipient, Return: drawElement(t, "return"),
		}
		if a.Out.Return.IsZero() {
			a.Out.Return.SetOne()
		}
	}
	return a
}

// TestAnyActionRoundTrips: every well-formed action has one encoding, of one
// size, and decodes to itself.
func TestAnyActionRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := drawAction(t)
		b := a.Encode()
		if len(b) != Size {
			t.Fatalf("%d bytes, want %d", len(b), Size)
		}
		got, err := Decode(b)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(a, got); diff != "" {
			t.Fatal(diff)
		}
		if !bytes.Equal(got.Encode(), b) {
			t.Fatal("not canonical")
		}
	})
}
