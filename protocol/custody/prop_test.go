package custody

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/quorum"
)

func drawReference(t *rapid.T) (r Reference) {
	r.Chain = rapid.Uint32Min(1).Draw(t, "chain")
	copy(r.Hash[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "hash"))
	r.Index = rapid.Uint32().Draw(t, "index")
	return r
}

// drawSignatures makes an ascending list; its signatures verify nothing.
func drawSignatures(t *rapid.T) (out []quorum.Signature) {
	for i := range rapid.IntRange(0, 5).Draw(t, "signatures") {
		out = append(out, quorum.Signature{Key: quorum.Key{byte(i), rapid.Byte().Draw(t, "key")}, Signature: [64]byte{rapid.Byte().Draw(t, "s")}})
	}
	return out
}

func TestRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := &Deposit{
			Reference: drawReference(t), Asset: rapid.Uint32().Draw(t, "asset"), Amount: rapid.Uint64().Draw(t, "amount"),
			C: field.FromHash("test", []byte{rapid.Byte().Draw(t, "C")}), Signatures: drawSignatures(t),
		}
		if got, err := DecodeDeposit(d.Encode()); err != nil || !cmp.Equal(d, got) {
			t.Fatalf("%v %s", err, cmp.Diff(d, got))
		}
		c := &Closing{Claim: ClaimID{rapid.Byte().Draw(t, "claim")}, Result: Returned, Signatures: drawSignatures(t)}
		if rapid.Bool().Draw(t, "paid") {
			c.Result, c.Payment = Paid, drawReference(t)
		}
		if got, err := DecodeClosing(c.Encode()); err != nil || !cmp.Equal(c, got) {
			t.Fatalf("%v %s", err, cmp.Diff(c, got))
		}
	})
}
