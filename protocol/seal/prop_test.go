package seal

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/order"
)

func drawElement(t *rapid.T, name string) (e field.Element) {
	e.SetBytes(rapid.SliceOfN(rapid.Byte(), field.Size, field.Size).Draw(t, name))
	return e
}

func drawTerms(t *rapid.T) order.Terms {
	return order.Terms{
		Market: rapid.Uint32().Draw(t, "market"), Base: rapid.Uint32().Draw(t, "base"), Quote: rapid.Uint32().Draw(t, "quote"),
		LotSize: rapid.Uint64().Draw(t, "lot size"), Side: order.Side(rapid.IntRange(0, 1).Draw(t, "side")),
		Limit: rapid.Uint64().Draw(t, "limit"), Qty: rapid.Uint64().Draw(t, "qty"), MinFill: rapid.Uint64().Draw(t, "min fill"),
		Expiry: rapid.Uint32().Draw(t, "expiry"), Band: rapid.Uint16().Draw(t, "band"), MaxFee: rapid.Uint16().Draw(t, "max fee"),
	}
}

func drawPlaintext(t *rapid.T) Plaintext {
	p := Plaintext{
		Kind:  Kind(rapid.IntRange(1, 4).Draw(t, "kind")),
		Asset: rapid.Uint32().Draw(t, "asset"), Value: rapid.Uint64().Draw(t, "value"),
	}
	copy(p.D[:], rapid.SliceOfN(rapid.Byte(), len(p.D), len(p.D)).Draw(t, "d"))
	switch p.Kind {
	case OwnOrder:
		p.Terms = drawTerms(t)
	case Payment:
		p.R = drawElement(t, "r")
	case Receipt:
		p.Paid = Paid{
			Slot:  uint8(rapid.IntRange(0, Slots-1).Draw(t, "slot")),
			Asset: rapid.Uint32().Draw(t, "paid asset"), Value: rapid.Uint64().Draw(t, "paid"),
			To: account(2).Address(rapid.Uint32Range(0, 3).Draw(t, "address")),
		}
	}
	return p
}

func drawCommand(t *rapid.T) Command {
	c := Command{Kind: CommandKind(rapid.IntRange(0, 4).Draw(t, "kind"))}
	switch c.Kind {
	case NewOrder:
		c.Order = order.Order{
			Terms: drawTerms(t), Asset: rapid.Uint32().Draw(t, "asset"), Value: rapid.Uint64().Draw(t, "value"),
			OID: drawElement(t, "oid"), C: drawElement(t, "C"), S: drawElement(t, "s"),
		}
	case Cancel:
		c.OCM, c.S = drawElement(t, "ocm"), drawElement(t, "s")
	case CancelAll:
		c.OID = drawElement(t, "oid")
	case Heartbeat:
		c.OID, c.Blocks = drawElement(t, "oid"), rapid.Uint32().Draw(t, "blocks")
	}
	return c
}

func TestPlaintextRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPlaintext(t)
		b := p.Encode()
		if len(b) != PlaintextSize {
			t.Fatalf("%d bytes", len(b))
		}
		got, err := DecodePlaintext(b)
		if err != nil || cmp.Diff(p, got) != "" {
			t.Fatalf("%v", err)
		}
	})
}

func TestCommandRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCommand(t)
		b := c.Encode()
		if len(b) != InstructionPlainSize {
			t.Fatalf("%d bytes", len(b))
		}
		got, err := DecodeCommand(b)
		if err != nil || cmp.Diff(c, got) != "" {
			t.Fatalf("%v", err)
		}
	})
}

// Whatever an account puts into its own outputs, its viewing key finds.
func TestOwnOutputsAreFound(t *testing.T) {
	view := account(1)
	scanner := NewScanner(view)
	rapid.Check(t, func(t *rapid.T) {
		nf0 := drawElement(t, "nf_0")
		var plain [Slots]Plaintext
		var cms [Slots]field.Element
		for j := range plain {
			plain[j] = Plaintext{Kind: OwnNote, Asset: rapid.Uint32().Draw(t, "asset"), Value: rapid.Uint64().Draw(t, "value")}
			if j == 0 && rapid.Bool().Draw(t, "order") {
				plain[j].Kind, plain[j].Terms = OwnOrder, drawTerms(t)
			}
			cms[j] = Reopen(view, nf0, j, plain[j]).Commitment()
		}
		var entropy [32]byte
		copy(entropy[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "entropy"))
		o, err := SealOutputs(view, nf0, plain, keys.Address{}, entropy)
		if err != nil {
			t.Fatal(err)
		}
		got := scanner.Open(nf0, cms, &o)
		if len(got) != Slots {
			t.Fatalf("found %d", len(got))
		}
		for j, g := range got {
			if diff := cmp.Diff(plain[j], g.Plaintext); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}
