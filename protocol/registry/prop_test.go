package registry

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/settlement"
)

func drawSignatures(t *rapid.T) (out []settlement.WorkerSignature) {
	for i := range rapid.IntRange(0, 5).Draw(t, "signatures") {
		out = append(out, settlement.WorkerSignature{
			Worker:    settlement.WorkerID{byte(i), rapid.Byte().Draw(t, "worker")},
			Signature: [64]byte{63: rapid.Byte().Draw(t, "s")},
		})
	}
	return out
}

func drawBytes(t *rapid.T, into []byte, what string) {
	copy(into, rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, what))
}

func TestRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &Worker{Head: Head{Height: rapid.Uint64().Draw(t, "height")}}
		drawBytes(t, w.Operator[:], "operator")
		drawBytes(t, w.SigningKey[:], "signing key")
		drawBytes(t, w.SealKey[SealKeySize-32:], "seal key")
		drawBytes(t, w.Head.Hash[:], "hash")
		drawBytes(t, w.Signature[32:], "signature")
		if e := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "evidence"); len(e) > 0 {
			w.Evidence = e
		}
		if got, err := DecodeWorker(w.Encode()); err != nil || !cmp.Equal(w, got) {
			t.Fatalf("%v %s", err, cmp.Diff(w, got))
		}
		p := &Epoch{Number: rapid.Uint64().Draw(t, "number"), Reset: rapid.Bool().Draw(t, "reset"), Signatures: drawSignatures(t)}
		drawBytes(t, p.SealKey[:], "epoch key")
		drawBytes(t, p.Committed[:], "committed")
		drawBytes(t, p.Revealed[:], "revealed")
		if got, err := DecodeEpoch(p.Encode()); err != nil || !cmp.Equal(p, got) {
			t.Fatalf("%v %s", err, cmp.Diff(p, got))
		}
		h := &Heartbeat{Height: rapid.Uint64().Draw(t, "through"), Signatures: drawSignatures(t)}
		for m := range rapid.Uint32Range(0, 4).Draw(t, "prints") {
			first := rapid.Uint64().Draw(t, "first")
			h.Prints = append(h.Prints, Print{
				Market: 7 * m, First: first, Last: rapid.Uint64Min(first).Draw(t, "last"),
				Lots: rapid.Uint64Min(1).Draw(t, "lots"), Price: rapid.Uint64Min(1).Draw(t, "price"),
			}, Print{Market: 7 * m, Pool: 1, Last: first, Lots: 1 << rapid.IntRange(0, 63).Draw(t, "class"), Price: 1})
		}
		drawBytes(t, h.Intake[:], "intake")
		drawBytes(t, h.Transcript[:], "transcript")
		drawBytes(t, h.StateDigest[:], "digest")
		if got, err := DecodeHeartbeat(h.Encode()); err != nil || !cmp.Equal(h, got) {
			t.Fatalf("%v %s", err, cmp.Diff(h, got))
		}
	})
}
