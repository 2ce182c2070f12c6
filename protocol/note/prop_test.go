package note

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/field"
)

func drawElement(t *rapid.T, label string) field.Element {
	var e field.Element
	e.SetBytes(rapid.SliceOfN(rapid.Byte(), 40, 40).Draw(t, label))
	return e
}

func drawNote(t *rapid.T) Note {
	return Note{
		Asset: rapid.Uint32().Draw(t, "asset"), Value: rapid.Uint64().Draw(t, "value"),
		Rho: drawElement(t, "rho"), C: drawElement(t, "C"),
	}
}

// TestMoneyIsInjective: tag, asset and value are read back from the packed
// word, so no two of them share it.
func TestMoneyIsInjective(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tag := rapid.SampledFrom([]domain.Tag{domain.Note, domain.Order}).Draw(t, "tag")
		asset, value := rapid.Uint32().Draw(t, "asset"), rapid.Uint64().Draw(t, "value")
		money := Money(tag, asset, value)
		var packed big.Int
		money.BigInt(&packed)
		word := func(shift, bits uint) uint64 {
			mask := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), bits), big.NewInt(1))
			return mask.And(mask, new(big.Int).Rsh(&packed, shift)).Uint64()
		}
		if word(0, 64) != value || word(64, 32) != uint64(asset) || word(96, 64) != uint64(tag) || packed.BitLen() > 112 {
			t.Fatal("words overlap")
		}
	})
}

// TestCommitmentBinds: each field changes the commitment.
func TestCommitmentBinds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawNote(t), drawNote(t)
		for name, edit := range map[string]func(*Note){
			"asset": func(n *Note) { n.Asset = b.Asset },
			"value": func(n *Note) { n.Value = b.Value },
			"rho":   func(n *Note) { n.Rho = b.Rho },
			"C":     func(n *Note) { n.C = b.C },
		} {
			changed := a
			edit(&changed)
			if (changed.Commitment() == a.Commitment()) != (changed == a) {
				t.Fatalf("%s is not bound", name)
			}
		}
	})
}

// TestNullifierIsUniqueToItsPosition: two leaves have two nullifiers, also
// when they hold the same note.
func TestNullifierIsUniqueToItsPosition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nk, cm := drawElement(t, "nk"), drawNote(t).Commitment()
		p, q := rapid.Uint64().Draw(t, "p"), rapid.Uint64().Draw(t, "q")
		if (Nullifier(nk, cm, p) == Nullifier(nk, cm, q)) != (p == q) {
			t.Fatal("position is not bound")
		}
		if other := drawElement(t, "other"); other != nk && Nullifier(other, cm, p) == Nullifier(nk, cm, p) {
			t.Fatal("nk is not bound")
		}
	})
}

// TestOutputRho: the outputs of an action have different rhos, also at the
// modulus.
func TestOutputRho(t *testing.T) {
	var last field.Element
	last.SetOne().Neg(&last)
	for _, nf0 := range []field.Element{{}, field.FromUint64(9), last} {
		if OutputRho(nf0, 0) != nf0 || OutputRho(nf0, 1) == OutputRho(nf0, 2) || OutputRho(nf0, 1) == nf0 {
			t.Fatal("output rhos")
		}
	}
}

func BenchmarkCommitment(b *testing.B) {
	n := Note{Asset: 1, Value: 2, Rho: field.FromUint64(3), C: field.FromUint64(4)}
	for b.Loop() {
		n.Commitment()
	}
}
