package settlement

import (
	"bytes"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/field"
)

func drawElement(t *rapid.T, label string) field.Element {
	var e field.Element
	e.SetBytes(rapid.SliceOfN(rapid.Byte(), 40, 40).Draw(t, label))
	return e
}

// TestAnyLockRoundTrips: a lock decodes to itself iff its nullifiers and its
// workers ascend strictly.
func TestAnyLockRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := &Lock{Height: rapid.Uint64().Draw(t, "height")}
		for range rapid.IntRange(0, 4).Draw(t, "nullifiers") {
			l.Nullifiers = append(l.Nullifiers, drawElement(t, "nf"))
		}
		for range rapid.IntRange(0, 3).Draw(t, "signatures") {
			l.Signatures = append(l.Signatures, WorkerSignature{Worker: WorkerID{rapid.Byte().Draw(t, "worker")}})
		}
		ascending := true
		for i := 1; i < len(l.Nullifiers); i++ {
			ascending = ascending && l.Nullifiers[i-1].Cmp(&l.Nullifiers[i]) < 0
		}
		for i := 1; i < len(l.Signatures); i++ {
			ascending = ascending && l.Signatures[i-1].Worker[0] < l.Signatures[i].Worker[0]
		}
		b := l.Encode()
		got, err := DecodeLock(b)
		if (err == nil) != ascending {
			t.Fatalf("ascending %v: %v", ascending, err)
		}
		if err != nil {
			return
		}
		if diff := cmp.Diff(l, got); diff != "" || !bytes.Equal(got.Encode(), b) {
			t.Fatal(diff)
		}
	})
}

// TestLegsHaveOneOrder: of all sequences of the same legs one decodes.
func TestLegsHaveOneOrder(t *testing.T) {
	encoded := balanced()
	rapid.Check(t, func(t *rapid.T) {
		s := *encoded
		s.Group.Legs = rapid.Permutation(encoded.Group.Legs).Draw(t, "legs")
		s.Groups = rapid.Permutation(encoded.Groups).Draw(t, "groups")
		_, err := DecodeSettle(s.Encode())
		same := slices.Equal(s.Group.Legs, encoded.Group.Legs) && slices.Equal(s.Groups, encoded.Groups)
		if (err == nil) != same {
			t.Fatalf("the one order %v: %v", same, err)
		}
	})
}
